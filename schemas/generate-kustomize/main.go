// Prints ../kustomize.json: what kustomize knows about kinds. Which fields hold names of other objects, labels,
// selectors and images (its builtin configuration), and by which keys the lists of the built-in kinds are merged
// (the OpenAPI definitions that it carries).
//
//	cd schemas/generate-kustomize && go run . >../kustomize.json
package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/openapi"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/yaml"

	_ "sigs.k8s.io/kustomize/api/types"
)

type field struct {
	Type string   `json:"type,omitempty"`
	Keys []string `json:"keys,omitempty"`
	Set  bool     `json:"set,omitempty"`
	List bool     `json:"list,omitempty"`
}

func main() {
	out := map[string]any{
		"sources": map[string]string{"sigs.k8s.io/kustomize/api": "v0.21.1", "sigs.k8s.io/kustomize/kyaml": "v0.21.1"},
		"fields":  configuration(),
	}
	kinds, types := lists()
	out["kinds"] = kinds
	out["types"] = types
	out["clusterScoped"] = clusterScoped()
	print(out)
}

// print writes one entry to a line, so that a diff between two versions reads well.
func print(out map[string]any) {
	fmt.Print("{\n")
	for i, section := range []string{"sources", "fields", "kinds", "types", "clusterScoped"} {
		if i > 0 {
			fmt.Print(",\n")
		}
		data, _ := json.Marshal(out[section])
		var entries map[string]json.RawMessage
		if json.Unmarshal(data, &entries) != nil {
			fmt.Printf("%q: %s", section, data)
			continue
		}
		names := make([]string, 0, len(entries))
		for name := range entries {
			names = append(names, name)
		}
		sort.Strings(names)
		fmt.Printf("%q: {\n", section)
		for j, name := range names {
			comma := ","
			if j == len(names)-1 {
				comma = ""
			}
			fmt.Printf("%q: %s%s\n", name, entries[name], comma)
		}
		fmt.Print("}")
	}
	fmt.Print("\n}\n")
}

// configuration reads the constants of kustomize's builtin configuration, which are YAML.
func configuration() map[string]any {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kustomize/api").Output()
	check(err)
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "internal/konfig/builtinpluginconsts/*.go"))
	check(err)
	all := map[string]any{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		check(err)
		ast.Inspect(parsed, func(node ast.Node) bool {
			literal, ok := node.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			text, _ := strconv.Unquote(literal.Value)
			// What is common to two sections, without a name.
			var list []any
			if strings.HasPrefix(strings.TrimSpace(text), "- path") && yaml.Unmarshal([]byte(text), &list) == nil {
				all["metadataLabels"] = list
			}
			var section map[string]any
			if yaml.Unmarshal([]byte(text), &section) == nil {
				for name, value := range section {
					if list, ok := value.([]any); ok {
						before, _ := all[name].([]any)
						all[name] = append(before, list...)
					}
				}
			}
			return true
		})
	}
	delete(all, "varReference")
	return all
}

// lists finds the lists that merge, type by type, and only the types that lead to one.
func lists() (map[string]string, map[string]map[string]field) {
	definitions := openapi.Schema().Definitions
	types := map[string]map[string]field{}
	for name, definition := range definitions {
		fields := map[string]field{}
		for property, schema := range definition.Properties {
			f := field{}
			of := schema
			if len(schema.Type) == 1 && schema.Type[0] == "array" && schema.Items != nil {
				f.List = true
				of = *schema.Items.Schema
				strategy, merges := schema.Extensions["x-kubernetes-patch-strategy"].(string)
				if merges && strings.Contains(strategy, "merge") {
					if keys, ok := schema.Extensions["x-kubernetes-list-map-keys"].([]any); ok {
						for _, key := range keys {
							f.Keys = append(f.Keys, key.(string))
						}
					} else if key, ok := schema.Extensions["x-kubernetes-patch-merge-key"].(string); ok {
						f.Keys = []string{key}
					} else {
						f.Set = true
					}
				}
			} else if schema.AdditionalProperties != nil {
				continue
			}
			if reference := of.Ref.String(); reference != "" {
				f.Type = strings.TrimPrefix(reference, "#/definitions/")
			}
			fields[property] = f
		}
		types[name] = fields
	}
	kinds := map[string]string{}
	for name, definition := range definitions {
		groups, _ := definition.Extensions["x-kubernetes-group-version-kind"].([]any)
		for _, entry := range groups {
			gvk := entry.(map[string]any)
			version := fmt.Sprint(gvk["version"])
			if group := fmt.Sprint(gvk["group"]); group != "" {
				version = group + "/" + version
			}
			if len(groups) == 1 && !strings.HasSuffix(fmt.Sprint(gvk["kind"]), "List") {
				kinds[version+" "+fmt.Sprint(gvk["kind"])] = name
			}
		}
	}
	leads := map[string]bool{}
	for changed := true; changed; {
		changed = false
		for name, fields := range types {
			if leads[name] {
				continue
			}
			for _, f := range fields {
				// A list without keys is replaced as a whole.
				if len(f.Keys) > 0 || f.Set || f.Type != "" && !f.List && leads[f.Type] {
					leads[name], changed = true, true
				}
			}
		}
	}
	short := func(name string) string { return strings.TrimPrefix(name, "io.k8s.") }
	kept := map[string]map[string]field{}
	for name, fields := range types {
		if !leads[name] {
			continue
		}
		kept[short(name)] = map[string]field{}
		for property, f := range fields {
			merges := len(f.Keys) > 0 || f.Set
			if !merges && (f.List || !leads[f.Type]) {
				continue
			}
			if !leads[f.Type] {
				f.Type = ""
			}
			f.Type = short(f.Type)
			f.List = false
			kept[short(name)][property] = f
		}
	}
	for kind, name := range kinds {
		if !leads[name] {
			delete(kinds, kind)
			continue
		}
		kinds[kind] = short(name)
	}
	return kinds, kept
}

// clusterScoped lists the kinds that kustomize gives no namespace.
func clusterScoped() []string {
	found := []string{}
	for _, definition := range openapi.Schema().Definitions {
		groups, _ := definition.Extensions["x-kubernetes-group-version-kind"].([]any)
		for _, entry := range groups {
			gvk := entry.(map[string]any)
			version := fmt.Sprint(gvk["version"])
			if group := fmt.Sprint(gvk["group"]); group != "" {
				version = group + "/" + version
			}
			kind := fmt.Sprint(gvk["kind"])
			namespaced, known := openapi.IsNamespaceScoped(kyaml.TypeMeta{APIVersion: version, Kind: kind})
			if known && !namespaced {
				found = append(found, version+" "+kind)
			}
		}
	}
	sort.Strings(found)
	return found
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
