package main

import (
	"bufio"

	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/fluxcd/pkg/kustomize"
	securefs "github.com/fluxcd/pkg/kustomize/filesys"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	yamlutil "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"
)

// build is kustomize-controller's: the generated kustomization.yaml, kustomize, then the substitution.
func build(dir, path string, spec map[string]any) answer {
	objects, err := buildObjects(dir, path, spec, "flux-system", reader{})
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Value: objects}
}

func buildObjects(dir, path string, spec map[string]any, namespace string, r reader) ([]map[string]any, error) {
	owner := unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"namespace": namespace},
		"spec":     spec,
	}}
	target := filepath.Join(dir, path)
	if info, err := os.Stat(target); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("kustomization path not found: %s", path)
	}
	action, err := kustomize.NewGenerator(dir, owner).WriteFile(target, kustomize.WithSaveOriginalKustomization())
	if err != nil {
		return nil, err
	}
	defer func() { _ = kustomize.CleanDirectory(target, action) }()
	m, err := run(dir, target)
	if err != nil {
		return nil, fmt.Errorf("kustomize build failed: %w", err)
	}
	for _, res := range m.Resources() {
		if res.GetName() == "" || res.GetKind() == "" || res.GetApiVersion() == "" {
			return nil, fmt.Errorf("failed to decode Kubernetes apiVersion, kind and name from: %v", res.String())
		}
		if postBuild, ok := spec["postBuild"].(map[string]any); ok {
			out, err := kustomize.SubstituteVariables(context.Background(), r, owner, res,
				kustomize.SubstituteWithStrict(true),
				kustomize.SubstituteWithAlways(postBuild["substituteStrategy"] == "Always"))
			if err != nil {
				return nil, fmt.Errorf("post build failed for '%s/%s': %w", res.GetGvk(), res.GetName(), err)
			}
			if out != nil {
				if _, err := m.Replace(res); err != nil {
					return nil, err
				}
			}
		}
	}
	text, err := m.AsYaml()
	if err != nil {
		return nil, fmt.Errorf("kustomize build failed: %w", err)
	}
	objects, err := read(text)
	if err != nil {
		return nil, err
	}
	common, _ := spec["commonMetadata"].(map[string]any)
	for _, object := range objects {
		for _, field := range []string{"labels", "annotations"} {
			pairs, _ := common[field].(map[string]any)
			meta := object["metadata"].(map[string]any)
			for key, value := range pairs {
				into, ok := meta[field].(map[string]any)
				if !ok {
					into = map[string]any{}
					meta[field] = into
				}
				into[key] = value
			}
		}
	}
	return objects, nil
}

// run is kustomize.SecureBuild without what takes it most of its time: reading the built-in definitions anew for
// every build, which only matters to those that bring definitions of their own.
func run(root, target string) (m resmap.ResMap, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("recovered from kustomize build panic: %v", r)
		}
	}()
	fs, err := securefs.MakeFsOnDiskSecure(root)
	if err != nil {
		return nil, err
	}
	return krusty.MakeKustomizer(&krusty.Options{
		LoadRestrictions: types.LoadRestrictionsNone,
		PluginConfig:     types.DisabledPluginConfig(),
	}).Run(fs, target)
}

// read is what the controller makes of the text that it built: each object as JSON.
func read(text []byte) ([]map[string]any, error) {
	objects := []map[string]any{}
	decoder := yamlutil.NewYAMLReader(newBuffered(text))
	for {
		part, err := decoder.Read()
		if err == io.EOF {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		data, err := yaml.YAMLToJSON(part)
		if err != nil {
			return nil, err
		}
		var object map[string]any
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		if err := d.Decode(&object); err != nil {
			return nil, err
		}
		if len(object) > 0 {
			objects = append(objects, object)
		}
	}
}

func final(text []byte, err error) answer {
	if err != nil {
		return answer{Error: err.Error()}
	}
	objects, err := read(text)
	if err != nil {
		return answer{Error: err.Error()}
	}
	if len(objects) != 1 {
		return answer{Error: "not one object"}
	}
	return answer{Value: objects[0]}
}

func newBuffered(text []byte) *bufio.Reader { return bufio.NewReader(bytes.NewReader(text)) }
