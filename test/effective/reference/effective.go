package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// unit is a Flux Kustomization and what it applies.
type unit struct {
	ID      string           `json:"id"`
	Objects []map[string]any `json:"objects"`
	Error   string           `json:"error,omitempty"`
}

type pending struct {
	id, namespace string
	spec          map[string]any
}

// effective finds everything that Flux applies to a cluster: from its folder on, Kustomization by Kustomization,
// each built by itself from a checkout of what its source follows.
func effective(q question) answer {
	world := &world{question: q, former: map[string]*unit{}, units: map[string]*unit{}}
	if q.Before != "" {
		earlier := q
		earlier.Revision, earlier.Before = q.Before, ""
		for _, u := range known(earlier) {
			world.former[u.ID] = u
		}
	}
	root := map[string]any{
		"path":      q.Path,
		"sourceRef": map[string]any{"kind": "GitRepository", "name": "flux-system"},
	}
	if rootSpec := q.Spec; rootSpec != nil {
		root = rootSpec
	}
	world.build(pending{"flux-system/flux-system", "flux-system", root})
	// Sources and variables may come later than what uses them: until nothing changes.
	for range 12 {
		before := world.fingerprint()
		ids := make([]string, 0, len(world.units))
		for id := range world.units {
			ids = append(ids, id)
		}
		sort.Strings(ids)
		for _, object := range world.kustomizations() {
			world.build(object)
		}
		if world.fingerprint() == before {
			break
		}
	}
	units := []*unit{}
	for _, u := range world.units {
		units = append(units, u)
	}
	sort.Slice(units, func(i, j int) bool { return units[i].ID < units[j].ID })
	return answer{Value: units}
}

var answers = map[string][]*unit{}

// known is effective for a question that may have been asked before.
func known(q question) []*unit {
	key, _ := json.Marshal(q)
	units, ok := answers[string(key)]
	if !ok {
		units = effective(q).Value.([]*unit)
		answers[string(key)] = units
	}
	return units
}

type built struct {
	objects []map[string]any
	err     error
}

// builds are by all that goes into one: a checkout never changes.
var builds = map[string]built{}

type world struct {
	question question
	units    map[string]*unit
	// former are the units before the change: of one that fails now, its objects are still there.
	former map[string]*unit
}

func (w *world) fingerprint() string {
	var b strings.Builder
	ids := make([]string, 0, len(w.units))
	for id := range w.units {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	for _, id := range ids {
		fmt.Fprint(&b, id, w.units[id].Error, w.units[id].Objects)
	}
	return b.String()
}

func metadata(object map[string]any) (namespace, name string) {
	meta, _ := object["metadata"].(map[string]any)
	namespace, _ = meta["namespace"].(string)
	name, _ = meta["name"].(string)
	return
}

func (w *world) each(kind, group string, visit func(namespace, name string, object map[string]any)) {
	ids := make([]string, 0, len(w.units))
	for id := range w.units {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	for _, id := range ids {
		for _, object := range w.applied(id) {
			api, _ := object["apiVersion"].(string)
			if object["kind"] == kind && (strings.HasPrefix(api, group+"/") || group == "" && api == "v1") {
				namespace, name := metadata(object)
				visit(namespace, name, object)
			}
		}
	}
}

func (w *world) applied(id string) []map[string]any {
	if former, ok := w.former[id]; ok && w.units[id].Error != "" {
		return former.Objects
	}
	return w.units[id].Objects
}

func (w *world) kustomizations() []pending {
	found := []pending{}
	w.each("Kustomization", "kustomize.toolkit.fluxcd.io", func(namespace, name string, object map[string]any) {
		spec, _ := object["spec"].(map[string]any)
		id := namespace + "/" + name
		if id != "flux-system/flux-system" {
			found = append(found, pending{id, namespace, spec})
		}
	})
	return found
}

func (w *world) reader() reader {
	r := reader{configMaps: map[string]map[string]string{}, secrets: map[string]map[string][]byte{}}
	w.each("ConfigMap", "", func(namespace, name string, object map[string]any) {
		data := map[string]string{}
		values, _ := object["data"].(map[string]any)
		for key, value := range values {
			data[key] = fmt.Sprint(value)
		}
		r.configMaps[namespace+"/"+name] = data
	})
	w.each("Secret", "", func(namespace, name string, object map[string]any) {
		data := map[string][]byte{}
		values, _ := object["data"].(map[string]any)
		for key, value := range values {
			decoded, _ := base64.StdEncoding.DecodeString(fmt.Sprint(value))
			data[key] = decoded
		}
		plain, _ := object["stringData"].(map[string]any)
		for key, value := range plain {
			data[key] = []byte(fmt.Sprint(value))
		}
		r.secrets[namespace+"/"+name] = data
	})
	return r
}

func (w *world) build(p pending) {
	u := &unit{ID: p.id, Objects: []map[string]any{}}
	w.units[p.id] = u
	dir, err := w.source(p)
	if err != nil {
		u.Error = err.Error()
		return
	}
	path, _ := p.spec["path"].(string)
	r := w.reader()
	key, _ := json.Marshal([]any{dir, path, p.spec, p.namespace, r.configMaps, r.secrets})
	result, ok := builds[string(key)]
	if !ok {
		result.objects, result.err = buildObjects(dir, path, p.spec, p.namespace, r)
		builds[string(key)] = result
	}
	if result.err != nil {
		u.Error = result.err.Error()
		return
	}
	u.Objects = result.objects
}

// source gives the folder with what a Kustomization's source holds.
func (w *world) source(p pending) (string, error) {
	reference, _ := p.spec["sourceRef"].(map[string]any)
	kind, name := fmt.Sprint(reference["kind"]), fmt.Sprint(reference["name"])
	namespace := p.namespace
	if other, ok := reference["namespace"].(string); ok {
		namespace = other
	}
	if kind == "GitRepository" && namespace == "flux-system" && name == "flux-system" {
		return checkout(w.question.Repository, w.question.Revision, "")
	}
	var found map[string]any
	w.each(kind, "source.toolkit.fluxcd.io", func(ns, n string, object map[string]any) {
		if ns == namespace && n == name {
			found, _ = object["spec"].(map[string]any)
		}
	})
	if found == nil {
		return "", fmt.Errorf("source %s %s/%s not found", kind, namespace, name)
	}
	ref, _ := found["ref"].(map[string]any)
	if kind == "GitRepository" {
		if branch, ok := ref["branch"].(string); ok && branch != "main" {
			return checkout(w.question.Repository, "refs/heads/"+branch, "")
		}
		return checkout(w.question.Repository, w.question.Revision, "")
	}
	location, err := url.Parse(fmt.Sprint(found["url"]))
	if err != nil {
		return "", err
	}
	tag, _ := ref["tag"].(string)
	if wanted, ok := ref["semver"].(string); ok {
		tag = w.best(wanted)
	}
	commit, ok := w.question.Tags[tag]
	if !ok {
		return "", fmt.Errorf("no release %q", tag)
	}
	return checkout(w.question.Repository, commit, "manifests/"+filepath.Base(location.Path))
}

func (w *world) best(text string) string {
	constraint, err := semver.NewConstraint(text)
	if err != nil {
		return ""
	}
	var best *semver.Version
	for tag := range w.question.Tags {
		version, err := semver.NewVersion(tag)
		if err == nil && constraint.Check(version) && (best == nil || version.GreaterThan(best)) {
			best = version
		}
	}
	if best == nil {
		return ""
	}
	return best.Original()
}

var checkouts = map[string]string{}

func checkout(repository, revision, below string) (string, error) {
	out, err := exec.Command("git", "-C", repository, "rev-parse", revision+"^{tree}").Output()
	if err != nil {
		return "", fmt.Errorf("no revision %s", revision)
	}
	tree := strings.TrimSpace(string(out))
	dir, ok := checkouts[tree]
	if !ok {
		dir, err = os.MkdirTemp("", "reference-tree-")
		if err != nil {
			return "", err
		}
		script := fmt.Sprintf("git -C '%s' archive %s | tar -x -C '%s'", repository, tree, dir)
		if message, err := exec.Command("sh", "-c", script).CombinedOutput(); err != nil {
			return "", fmt.Errorf("checkout: %s", message)
		}
		checkouts[tree] = dir
	}
	return filepath.Join(dir, below), nil
}
