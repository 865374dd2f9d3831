// Makes the schema files one folder up from the API definitions that the Flux
// and Kubernetes projects publish inside their Go modules:
//
//	cd schemas/generate && go run .
//
// The output depends on nothing but the versions below.
package main

import (
	"bytes"
	"encoding/json"
	"log"
	"os"
	"path/filepath"
	"slices"
)

// The controllers of Flux 2.9.4. Of source-watcher the module of 2.2.3 cannot
// be verified against the checksum database, hence 2.2.2.
var fluxModules = []Module{
	{"github.com/fluxcd/source-controller", "v1.9.4"},
	{"github.com/fluxcd/kustomize-controller", "v1.9.4"},
	{"github.com/fluxcd/helm-controller", "v1.6.3"},
	{"github.com/fluxcd/notification-controller", "v1.9.3"},
	{"github.com/fluxcd/image-reflector-controller", "v1.2.4"},
	{"github.com/fluxcd/image-automation-controller", "v1.2.4"},
	{"github.com/fluxcd/source-watcher/v2", "v2.2.2"},
}

// The newest comes first: its file is whole, those of the older versions hold
// only what differs from it.
var kubernetesModules = []struct {
	Minor string
	Module
}{
	{"1.36", Module{"k8s.io/kubernetes", "v1.36.3"}},
	{"1.35", Module{"k8s.io/kubernetes", "v1.35.4"}},
	{"1.34", Module{"k8s.io/kubernetes", "v1.34.4"}},
	{"1.33", Module{"k8s.io/kubernetes", "v1.33.13"}},
}

// File is what the loader (lib/flux/schema-files.ts) reads.
type File struct {
	// Module path to version.
	Sources map[string]string
	// File whose kinds and definitions this one adds to and replaces.
	Base string
	// Kinds of the base that this version does not have.
	Without []string
	// "group/version Kind", or "v1 Kind" for the core group.
	Kinds map[string]Kind
	// What "#/definitions/…" in a schema refers to.
	Definitions map[string]Schema
}

type Kind struct {
	Scope  string `json:"scope"`
	Schema Schema `json:"schema"`
}

// Schema is one JSON Schema object.
type Schema = map[string]any

func main() {
	log.SetFlags(0)
	flux := File{Sources: map[string]string{}, Kinds: map[string]Kind{}}
	for _, module := range fluxModules {
		flux.Sources[module.Path] = module.Version
		addCustomKinds(flux.Kinds, module.download())
	}
	write("flux.json", flux)

	newest := File{}
	for index, version := range kubernetesModules {
		file := readKubernetes(version.Module.download())
		file.Sources = map[string]string{version.Path: version.Version}
		name := "kubernetes-" + version.Minor + ".json"
		if index == 0 {
			newest = file
			write(name, file)
		} else {
			write(name, difference(file, newest, "kubernetes-"+kubernetesModules[0].Minor+".json"))
		}
	}
}

// difference keeps of a file what its base does not say already.
func difference(file, base File, baseName string) File {
	result := File{Sources: file.Sources, Base: baseName, Kinds: map[string]Kind{}, Definitions: map[string]Schema{}}
	for name, kind := range file.Kinds {
		if other, known := base.Kinds[name]; !known || !same(kind, other) {
			result.Kinds[name] = kind
		}
	}
	for name := range base.Kinds {
		if _, known := file.Kinds[name]; !known {
			result.Without = append(result.Without, name)
		}
	}
	slices.Sort(result.Without)
	for name, definition := range file.Definitions {
		if other, known := base.Definitions[name]; !known || !same(definition, other) {
			result.Definitions[name] = definition
		}
	}
	return result
}

func same(a, b any) bool { return bytes.Equal(encode(a), encode(b)) }

// write prints one kind or definition to a line, so that a difference between
// two versions can be read.
func write(name string, file File) {
	var out bytes.Buffer
	out.WriteString("{\n\"sources\": ")
	out.Write(encode(file.Sources))
	if file.Base != "" {
		out.WriteString(",\n\"base\": ")
		out.Write(encode(file.Base))
		out.WriteString(",\n\"without\": ")
		out.Write(encode(file.Without))
	}
	out.WriteString(",\n\"kinds\": ")
	writeLines(&out, file.Kinds)
	if file.Definitions != nil {
		out.WriteString(",\n\"definitions\": ")
		writeLines(&out, file.Definitions)
	}
	out.WriteString("\n}\n")
	must(os.WriteFile(filepath.Join("..", name), out.Bytes(), 0o644))
	log.Printf("%s: %d kinds, %d definitions, %d kB", name, len(file.Kinds), len(file.Definitions), out.Len()/1000)
}

func writeLines[Value any](out *bytes.Buffer, values map[string]Value) {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	out.WriteString("{")
	for index, name := range names {
		if index > 0 {
			out.WriteString(",")
		}
		out.WriteString("\n")
		out.Write(encode(name))
		out.WriteString(": ")
		out.Write(encode(values[name]))
	}
	out.WriteString("\n}")
}

// encode sorts the keys of maps (encoding/json does) and leaves < and > alone.
func encode(value any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	must(encoder.Encode(value))
	return bytes.TrimSpace(out.Bytes())
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
