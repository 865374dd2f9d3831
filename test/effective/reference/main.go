// Answers questions about what Flux makes of manifests with the libraries that kustomize-controller itself uses:
// the independent, slow computation that lib/flux and lib/effective are compared with.
//
//	go build -o reference . && ./reference serve
//
// reads one JSON question per line and prints one JSON answer per line.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

type question struct {
	Op string `json:"op"`
	// eval: a text and its variables.
	Text string            `json:"text"`
	Vars map[string]string `json:"vars"`
	// object: a manifest of one object, built by kustomize and substituted. build: a folder.
	Dir    string `json:"dir"`
	Path   string `json:"path"`
	Always bool   `json:"always"`
	// build: the spec of the Flux Kustomization.
	Spec map[string]any `json:"spec"`
	// effective: a cluster's folder at a revision of a repository.
	Repository string            `json:"repository"`
	Revision   string            `json:"revision"`
	Tags       map[string]string `json:"tags"`
	// Before: the revision whose objects stay where a Kustomization fails now.
	Before string `json:"before"`
}

type answer struct {
	Text  *string `json:"text,omitempty"`
	Value any     `json:"value,omitempty"`
	Error string  `json:"error,omitempty"`
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) == 0 || err != nil {
			return
		}
		var q question
		if err := json.Unmarshal(line, &q); err != nil {
			_ = out.Encode(answer{Error: "question: " + err.Error()})
			continue
		}
		_ = out.Encode(ask(q))
	}
}

func ask(q question) (a answer) {
	defer func() {
		if r := recover(); r != nil {
			a = answer{Error: fmt.Sprintf("panic: %v", r)}
		}
	}()
	switch q.Op {
	case "eval":
		return evaluate(q.Text, q.Vars)
	case "object":
		return object(q.Text, q.Vars, q.Always)
	case "build":
		return build(q.Dir, q.Path, q.Spec)
	case "effective":
		return effective(q)
	}
	return answer{Error: "no such question: " + q.Op}
}
