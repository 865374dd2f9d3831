package main

import (
	"context"
	"errors"

	"github.com/fluxcd/pkg/envsubst"
	"github.com/fluxcd/pkg/kustomize"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/kustomize/api/provider"
)

// evaluate puts variables into a text, strictly.
func evaluate(text string, vars map[string]string) answer {
	out, err := envsubst.Eval(text, func(name string) (string, bool) {
		value, ok := vars[name]
		return value, ok
	})
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Text: &out}
}

// object substitutes in one manifest, as kustomize prints it, and reads the result again.
func object(manifest string, vars map[string]string, always bool) answer {
	list, err := provider.NewDefaultDepProvider().GetResourceFactory().SliceFromBytes([]byte(manifest))
	if err != nil {
		return answer{Error: err.Error()}
	}
	if len(list) != 1 {
		return answer{Error: "not one object"}
	}
	substitute := map[string]any{}
	for name, value := range vars {
		substitute[name] = value
	}
	owner := unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"namespace": "flux-system"},
		"spec":     map[string]any{"postBuild": map[string]any{"substitute": substitute}},
	}}
	res, err := kustomize.SubstituteVariables(context.Background(), reader{}, owner, list[0],
		kustomize.SubstituteWithStrict(true), kustomize.SubstituteWithAlways(always))
	if err != nil {
		return answer{Error: err.Error()}
	}
	if res == nil {
		res = list[0]
	}
	return final(res.AsYAML())
}

// reader stands for the cluster that the ConfigMaps and Secrets with variables are read from.
type reader struct {
	client.Client
	configMaps map[string]map[string]string
	secrets    map[string]map[string][]byte
}

func (r reader) Get(_ context.Context, key client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	name := key.Namespace + "/" + key.Name
	switch into := into.(type) {
	case *corev1.ConfigMap:
		if data, ok := r.configMaps[name]; ok {
			into.Data = data
			return nil
		}
	case *corev1.Secret:
		if data, ok := r.secrets[name]; ok {
			into.Data = data
			return nil
		}
	default:
		return errors.New("not a source of variables")
	}
	return apierrors.NewNotFound(schema.GroupResource{}, key.Name)
}
