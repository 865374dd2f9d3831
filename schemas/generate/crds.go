package main

import (
	"log"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

// addCustomKinds adds each version of the CustomResourceDefinitions in a
// controller's module that an API server serves and does not call deprecated.
func addCustomKinds(kinds map[string]Kind, module string) {
	files, err := filepath.Glob(filepath.Join(module, "config", "crd", "bases", "*.yaml"))
	must(err)
	if len(files) == 0 {
		log.Fatalf("no CustomResourceDefinition in %s", module)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(err)
		var definition struct {
			Spec struct {
				Group    string
				Scope    string
				Names    struct{ Kind string }
				Versions []struct {
					Name       string
					Served     bool
					Deprecated bool
					Schema     struct{ OpenAPIV3Schema Schema }
				}
			}
		}
		must(yaml.Unmarshal(text, &definition))
		spec := definition.Spec
		for _, version := range spec.Versions {
			if !version.Served || version.Deprecated {
				continue
			}
			schema := condense(version.Schema.OpenAPIV3Schema, nil)
			properties := schema["properties"].(Schema)
			for _, name := range []string{"apiVersion", "kind", "metadata", "status"} {
				delete(properties, name)
			}
			kinds[spec.Group+"/"+version.Name+" "+spec.Names.Kind] = Kind{spec.Scope, schema}
		}
	}
}

// What a validator or a reader of defaults needs; descriptions, merge keys and
// list types are left out.
var kept = []string{
	"type", "format", "pattern", "enum", "required", "nullable", "default",
	"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
	"minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
	"x-kubernetes-preserve-unknown-fields", "x-kubernetes-int-or-string",
	"x-kubernetes-embedded-resource", "x-kubernetes-validations",
}

// condense copies of a schema what is in kept. reference, when given, renames
// the target of a $ref.
func condense(schema Schema, reference func(string) string) Schema {
	result := Schema{}
	for _, key := range kept {
		if value, present := schema[key]; present {
			result[key] = value
		}
	}
	if properties, ok := schema["properties"].(Schema); ok {
		condensed := Schema{}
		for name, property := range properties {
			condensed[name] = condense(property.(Schema), reference)
		}
		result["properties"] = condensed
	}
	for _, key := range []string{"items", "additionalProperties", "not"} {
		switch value := schema[key].(type) {
		case Schema:
			result[key] = condense(value, reference)
		case bool:
			result[key] = value
		}
	}
	for _, key := range []string{"allOf", "anyOf", "oneOf"} {
		if branches, ok := schema[key].([]any); ok {
			condensed := []any{}
			for _, branch := range branches {
				condensed = append(condensed, condense(branch.(Schema), reference))
			}
			result[key] = condensed
		}
	}
	if target, ok := schema["$ref"].(string); ok {
		result["$ref"] = reference(target)
	}
	return result
}
