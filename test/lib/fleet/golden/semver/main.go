// Prints ../semver.json: what Go's semver library, which Flux uses, says of versions, ranges and tags, for
// test/lib/fleet/semver.test.ts to compare lib/fleet/semver.ts with. The same input gives the same output.
//
// To regenerate, after setting the two libraries in go.mod to those in the go.mod of Flux's source-controller:
//
//	cd test/lib/fleet/golden/semver && go mod tidy && go run . >../semver.json
//
// Results are compact: "in" of a range has one character for each of "versions", in their order, 1 if it is in the
// range; "order" has such a line for each of them, with < = > where it is before, with or after the other.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"strings"

	"github.com/Masterminds/semver/v3"
	"github.com/fluxcd/pkg/version"
)

const seed = 20260101

type textCase struct {
	Text   string  `json:"text"`
	Full   *string `json:"full"` // null if it is not a version
	Strict bool    `json:"strict"`
}

type rangeCase struct {
	Text string  `json:"text"`
	In   *string `json:"in"` // null if it is not a range
}

type bestCase struct {
	Range string   `json:"range"`
	Chart bool     `json:"chart"`
	Tags  []string `json:"tags"`
	Best  *string  `json:"best"` // null if no tag is in the range
}

func main() {
	random := rand.New(rand.NewPCG(seed, seed))
	texts := versions()
	var valid []*semver.Version
	for _, text := range texts {
		if v, err := semver.NewVersion(text); err == nil {
			valid = append(valid, v)
		}
	}
	for range 600 {
		texts = append(texts, mutated(random, randomVersion(random)))
	}

	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	fmt.Fprintf(out, "{\n\"libraries\": %s,\n", line(libraries()))
	section(out, "versions", valid, func(v *semver.Version) any { return v.Original() })
	section(out, "texts", unique(texts), func(text string) any { return judgeText(text) })
	section(out, "order", valid, func(v *semver.Version) any { return order(v, valid) })
	section(out, "ranges", unique(append(ranges(), randomRanges(random, 1000)...)), func(text string) any {
		return judgeRange(text, valid)
	})
	section(out, "best", bestCases(random, 250), func(c bestCase) any { return judgeBest(c) })
	fmt.Fprintf(out, "\"seed\": %d\n}\n", seed)
}

func judgeText(text string) textCase {
	_, strictErr := semver.StrictNewVersion(text)
	v, err := semver.NewVersion(text)
	if err != nil {
		return textCase{text, nil, strictErr == nil}
	}
	full := v.String()
	return textCase{text, &full, strictErr == nil}
}

func order(v *semver.Version, all []*semver.Version) string {
	var signs strings.Builder
	for _, other := range all {
		signs.WriteByte("<=>"[v.Compare(other)+1])
	}
	return signs.String()
}

func judgeRange(text string, all []*semver.Version) rangeCase {
	constraint, err := semver.NewConstraint(text)
	if err != nil {
		return rangeCase{text, nil}
	}
	var in strings.Builder
	for _, v := range all {
		if constraint.Check(v) {
			in.WriteByte('1')
		} else {
			in.WriteByte('0')
		}
	}
	result := in.String()
	return rangeCase{text, &result}
}

// judgeBest does what source-controller does: version.Sort reads, selects and sorts tags as its getTagBySemver.
func judgeBest(c bestCase) bestCase {
	constraint, err := semver.NewConstraint(c.Range)
	if err != nil {
		panic(err)
	}
	tags := append([]string{}, c.Tags...)
	if c.Chart {
		for i, tag := range tags {
			tags[i] = strings.ReplaceAll(tag, "_", "+")
		}
	}
	if sorted := version.Sort(constraint, tags); len(sorted) > 0 {
		newest := sorted[0]
		if c.Chart {
			newest = strings.ReplaceAll(newest, "+", "_")
		}
		c.Best = &newest
	}
	return c
}

func versions() []string {
	var texts []string
	for _, core := range strings.Fields(`0.0.0 0.0.1 0.0.2 0.1.0 0.1.2 0.1.3 0.2.0 0.2.3 1.0.0 1.0.1 1.1.0 1.2.0 1.2.2
		1.2.3 1.2.4 1.3.0 1.10.0 2.0.0 2.2.3 3.0.0 10.0.0`) {
		for _, prerelease := range []string{"", "-0", "-alpha", "-beta.2", "-beta.11"} {
			texts = append(texts, core+prerelease)
		}
	}
	// Other ways to write, and how prereleases and large numbers compare.
	texts = append(texts, strings.Fields(`1 v1 1.2 v1.2 v1.2.3 01.02.03 00.0 1-rc.1 1.2-rc.1 v1.2.3+b 1.2.3-rc.1+b 1.2.3+0
		1.2.3-beta 1.2.3-beta.2.1 1.2.3-beta.a 1.2.3-1 1.2.3-2 1.2.3-10 1.2.3-A 1.2.3-a 1.2.3-- 1.2.3--1 1.2.3-1a
		1.2.3-18446744073709551615 1.2.3-18446744073709551614 1.2.3-18446744073709551616 1.2.3-9007199254740993
		1.2.3-9007199254740992 1.2.9007199254740991 1.2.9007199254740992 1.2.9007199254740993 1.20240131235959123.0
		v1.020240131235959124.0-x 18446744073709551615.0.0 18446744073709551614.0.0 18446744073709551616.0.0
		0.18446744073709551616.0 0.0.18446744073709551616 0.0.0000000000000000000000000001
		V1.2.3 vv1 v v1.2.3.4 1.2.3. .1.2 1..2 1.2.3- 1.2.3+ 1.2.3-+b 1.2.3-a..b 1.2.3-01 1.2.3-a.00 1.2.3-0a
		1.2.3+01 1.2.3+a+b 1.2.3-a_b 1.2.3+a_b 1.x x * latest 1.2.3-é 1,2 -1.0.0 +1.0.0 1.-2.3`)...)
	texts = append(texts, "", " 1.2.3", "1.2.3 ", "1.2.3\n", "1.2.3-"+strings.Repeat("a", 250), "1.2.3-"+strings.Repeat("a", 251))
	return texts
}

func ranges() []string {
	var texts []string
	partials := strings.Fields("* 0 1 0.0 0.1 1.2 1.x 0.x.x 1.2.* 0.0.X 0.0.0 0.0.1 0.1.2 1.0.0 1.2.3 v1.2.3+b")
	for _, operator := range strings.Fields("_ = != > < >= => <= =< ~ ~> ^") {
		for _, partial := range partials {
			for _, prerelease := range []string{"", "-0", "-beta.2"} {
				if strings.Contains(partial, "+") && prerelease != "" {
					continue
				}
				texts = append(texts, strings.TrimPrefix(operator, "_")+partial+prerelease)
			}
		}
	}
	return append(texts,
		">=1.0.0 <2.0.0", ">=1.0.0,<2.0.0", ">= 1.0.0 , < 2.0.0", ">1,<3 !=1.2.3", "^1 !=1.2.x", ">=1.0.0-0 <2", ">=1.0.0 <2.0.0-0",
		"1.x || 2.x", "1.x||2.x", "^0.2 || ^1.2-0", "1.2.3||2.0.0-alpha||0.0.1", "!=1.2.x-beta.2", ">1.2.x-0",
		"1 - 2", "1.0 - 1.2", "1.2.3 - 2.2.3", "1.2.3-alpha - 2", "1 - 1.2.x", "0.1 - 0.2, !=0.2.0", "!=0.2.0, 0.1 - 0.2", "0 - 0.1 || 1 - 2",
		"0 - 0.1||2 - 3", "1||2 - 3", "1 ||2 - 3", "1|| 2 - 3", "2 - 3||1", "1 - 2 - 3", "1 - 2 - 3,2 - 3", "1 - 2,1 - 2", "1 - 2 1", "1 2 - 3",
		">1 - 2", "1-2", "1 -2", "1- 2", "1\t-\n2", "1  -  2 ", "a1 - 2", "1.2.3.4 - 5", "- 2", "1 -",
		"", " ", "||", "1||", "||1", "1|| ||2", "1|2", "|", "x.1|2", "x.|.|", "1.x.|", "1.x.9", "x.1.2", "*.*.*", "1.*.3-0", "*-0", ">*-0", "xx", "1.xx", "1.2.xx", "1.2.3x",
		"x1", "1.2.x+b", "*+b", "vx", "v*.1", ">v1.2", "V1", "latest", "1.2.3.4", "1.2.3-", "1.2.3+", "1.2-beta", "1.2.3-01", "1.x-01", "01.02.03", "^01", "~00.1",
		">=", "> = 1", "= =1", "==1", "=!1", "<>1", "><1", "!1", "! =1", "~~1", "^^1", "~=1", ">~1", "~ > 1", "=  1", "^\t1", "1,", ",1", "1,,2", "1 , , 2", "1 ,0.x", "1;2", "1&&2", "(1)",
		"1\u00a0", "1\v2", "1\u00a02", "\ufeff1", "1\r\n", "\f*", "é",
		"18446744073709551615", "18446744073709551616", "<=18446744073709551615", "x.18446744073709551616", "1.x.18446744073709551616", ">=1.2.9007199254740993",
		"1.2.9007199254740993", "~1.20240131235959123", "^0.0.9007199254740993", "!=1.20240131235959123", "<=1.020240131235959123", ">1.2.9007199254740992",
		"1.2.3-18446744073709551616", ">1.2.3-18446744073709551615",
		"*"+strings.Repeat(" ", 511), "*"+strings.Repeat(" ", 512), strings.Repeat("1||", 31)+"2", strings.Repeat("1||", 32)+"2",
		"1.2.3-"+strings.Repeat("a", 250), "1.2.3-"+strings.Repeat("a", 251), "1.2-"+strings.Repeat("a", 250), "1.2-"+strings.Repeat("a", 251),
		"v1.2.3-"+strings.Repeat("a", 249), "v1.2.3-"+strings.Repeat("a", 250), "1.2.3+"+strings.Repeat("a", 251), "1.2+"+strings.Repeat("a", 251),
		strings.Repeat("1 - 2 ", 60), strings.Repeat("1 - 2,", 60)+"1",
	)
}

// bestCases have ties among at most 12 tags: beyond, Go's sort does not say which of two equal ones comes first.
func bestCases(random *rand.Rand, count int) []bestCase {
	cases := []bestCase{
		{Range: "*", Tags: []string{}},
		{Range: "*", Tags: []string{"latest", "1", "1.2", "v1.2-rc", "main-1.2.3", "1.2.3.4", "1.2.3-01"}},
		{Range: "*-0", Tags: []string{"1.2-rc.1", "1-a.b", "1.1.0"}},
		{Range: "1.x", Tags: []string{"1.2.0", "v1.2.0", "01.2.0"}},
		{Range: "1.x", Tags: []string{"v1.2.0", "01.2.0", "1.2.0"}},
		{Range: "1.x", Tags: []string{"1.2.0", "1.3.0_b1", "1.3.0_b2"}},
		{Range: "1.x", Chart: true, Tags: []string{"1.2.0", "1.3.0_b1", "1.3.0_b2"}},
		{Range: "1.x", Chart: true, Tags: []string{"1.3.0+b1", "1.3.0_b_1", "1.2.0"}},
		{Range: "1.2.x+b", Chart: true, Tags: []string{"1.2.0_a", "1.2.1_c", "1.3.0_b"}},
		{Range: "1.x", Tags: []string{"1.2.0", "1.10.0", "1.9.0", "2.0.0", "1.11.0-rc.1"}},
		{Range: "1.x-0", Tags: []string{"1.2.0", "1.10.0", "1.9.0", "2.0.0", "1.11.0-rc.1", "2.0.0-rc.1"}},
		{Range: "1.x", Tags: []string{"1.20240131235959123.0", "1.20240131235959124.0", "1.20240131235959122.0"}},
	}
	texts := []string{"*", "*-0", "1.x", "^1.2", "~1.2-0", ">=1.0.0-alpha <2", "0.x || 2.x-0", "1 - 2", ">1.2", "!=1.2.x", "<=1.2.3-rc.2"}
	for range count {
		c := bestCase{Range: texts[random.IntN(len(texts))], Chart: random.IntN(3) == 0, Tags: []string{}}
		for range random.IntN(12) + 1 {
			tag := randomVersion(random)
			if random.IntN(2) == 0 {
				tag = fmt.Sprintf("%s1.%d.%d", pick(random, "", "", "v", "0"), random.IntN(3), random.IntN(2)) + pick(random, "", "", "", "_b1", "+b2", "-rc.1_b")
			}
			c.Tags = append(c.Tags, tag)
		}
		cases = append(cases, c)
	}
	for range 6 {
		c := bestCase{Range: "1.x", Tags: []string{}}
		for _, minor := range random.Perm(40) {
			c.Tags = append(c.Tags, fmt.Sprintf("1.%d.0", minor))
		}
		cases = append(cases, c)
	}
	return cases
}

func randomRanges(random *rand.Rand, count int) []string {
	var texts []string
	for range count {
		text := randomRange(random)
		if random.IntN(2) == 0 {
			text = mutated(random, text)
		}
		texts = append(texts, text)
	}
	return texts
}

func randomRange(random *rand.Rand) string {
	var text strings.Builder
	for {
		for {
			text.WriteString(pick(random, "", "", "=", "!=", ">", "<", ">=", "<=", "=>", "=<", "~", "~>", "^"))
			text.WriteString(pick(random, "", "", "", " ") + randomPartial(random))
			if random.IntN(8) == 0 {
				text.WriteString(pick(random, " - ", " - ", "  - ", " -") + randomPartial(random))
			}
			if random.IntN(3) > 0 {
				break
			}
			text.WriteString(pick(random, " ", ",", ", ", " , ", "  ", ""))
		}
		if random.IntN(4) > 0 {
			return text.String()
		}
		text.WriteString(pick(random, "||", " || ", "|| ", " ||", "|"))
	}
}

func randomPartial(random *rand.Rand) string {
	text := pick(random, "", "", "", "v") + randomNumber(random)
	for range random.IntN(3) {
		text += "." + randomNumber(random)
	}
	return text + pick(random, "", "", "", "", "-0", "-alpha", "-beta.2", "-beta.11", "+b")
}

func randomNumber(random *rand.Rand) string {
	return pick(random, "0", "0", "1", "1", "1", "2", "2", "3", "10", "x", "*", "X")
}

func randomVersion(random *rand.Rand) string {
	text := pick(random, "", "", "v") + fmt.Sprint(random.IntN(3))
	for range pick(random, "..", "..", "..", ".") {
		text += "." + pick(random, "0", "1", "2", "3", "10", "02")
	}
	text += pick(random, "", "", "", "-0", "-alpha", "-beta.2", "-beta.11", "-rc.1", "-rc-1.x")
	return text + pick(random, "", "", "", "+b", "+b.01", "_b")
}

// mutated changes up to three places of the text.
func mutated(random *rand.Rand, text string) string {
	for range random.IntN(3) + 1 {
		at := random.IntN(len(text) + 1)
		insert := pick(random, strings.Split("0 1 9 x X * | . - + , < > = ! ~ ^ v V a _ || - rc \t \n", " ")...)
		if random.IntN(6) == 0 {
			insert = " "
		}
		end := min(len(text), at+random.IntN(3))
		text = text[:at] + pick(random, insert, insert, "") + text[end:]
	}
	return text
}

func pick(random *rand.Rand, choices ...string) string {
	return choices[random.IntN(len(choices))]
}

func unique(texts []string) []string {
	seen := map[string]bool{}
	var kept []string
	for _, text := range texts {
		if !seen[text] {
			kept = append(kept, text)
		}
		seen[text] = true
	}
	return kept
}

func section[T any](out *bufio.Writer, name string, inputs []T, judge func(T) any) {
	fmt.Fprintf(out, "%q: [\n", name)
	for i, input := range inputs {
		comma := ","
		if i == len(inputs)-1 {
			comma = ""
		}
		fmt.Fprintf(out, "%s%s\n", line(judge(input)), comma)
	}
	fmt.Fprint(out, "],\n")
}

func line(value any) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	return strings.TrimSuffix(text.String(), "\n")
}

func libraries() []string {
	info, _ := debug.ReadBuildInfo()
	var found []string
	for _, module := range info.Deps {
		found = append(found, module.Path+" "+module.Version)
	}
	return found
}
