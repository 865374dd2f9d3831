package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"log"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// The path of one object, without its subresources.
var objectPath = regexp.MustCompile(`^/apis?/(?:[^/{}]+/){1,2}(namespaces/\{namespace\}/)?[^/{}]+/\{name\}$`)

// readKubernetes reads the OpenAPI documents of a k8s.io/kubernetes module:
// every kind that can be patched (that is: applied), and the definitions these
// kinds reach.
func readKubernetes(module string) File {
	documents, err := filepath.Glob(filepath.Join(module, "api", "openapi-spec", "v3", "*.json"))
	must(err)
	if len(documents) == 0 {
		log.Fatalf("no OpenAPI document in %s", module)
	}
	all := map[string]Schema{}
	kinds := map[string]Kind{}
	for _, file := range documents {
		text, err := os.ReadFile(file)
		must(err)
		var document struct {
			Paths map[string]struct {
				Patch *struct {
					Kind      GroupVersionKind `json:"x-kubernetes-group-version-kind"`
					Responses map[string]struct {
						Content map[string]struct{ Schema Schema }
					}
				}
			}
			Components struct{ Schemas map[string]Schema }
		}
		must(json.Unmarshal(text, &document))
		for name, schema := range document.Components.Schemas {
			all[shortName(name)] = simplify(condense(schema, reference))
		}
		for path, operations := range document.Paths {
			match := objectPath.FindStringSubmatch(path)
			if match == nil || operations.Patch == nil {
				continue
			}
			scope := "Cluster"
			if match[1] != "" {
				scope = "Namespaced"
			}
			schema := operations.Patch.Responses["200"].Content["application/json"].Schema
			kinds[operations.Patch.Kind.String()] = Kind{scope, condense(schema, reference)}
		}
	}
	addEnums(all, filepath.Join(module, "pkg", "generated", "openapi", "zz_generated.openapi.go"))
	definitions := map[string]Schema{}
	for name, kind := range kinds {
		// The status is written by controllers: the loader lets it pass.
		schema := maps.Clone(all[strings.TrimPrefix(kind.Schema["$ref"].(string), definitionsPrefix)])
		properties := maps.Clone(schema["properties"].(Schema))
		for _, property := range []string{"apiVersion", "kind", "status"} {
			delete(properties, property)
		}
		schema["properties"] = properties
		kinds[name] = Kind{kind.Scope, schema}
		addReached(definitions, all, schema)
	}
	return File{Kinds: kinds, Definitions: definitions}
}

type GroupVersionKind struct{ Group, Version, Kind string }

func (gvk GroupVersionKind) String() string {
	if gvk.Group == "" {
		return gvk.Version + " " + gvk.Kind
	}
	return gvk.Group + "/" + gvk.Version + " " + gvk.Kind
}

const definitionsPrefix = "#/definitions/"

func reference(target string) string {
	return definitionsPrefix + shortName(strings.TrimPrefix(target, "#/components/schemas/"))
}

// shortName turns io.k8s.api.core.v1.PodSpec into core.v1.PodSpec.
func shortName(name string) string {
	parts := strings.Split(name, ".")
	return strings.Join(parts[max(0, len(parts)-3):], ".")
}

// simplify undoes what the OpenAPI generator writes to attach a default to a
// reference, drops the defaults (Go's zero values) and names the two types
// that are text or a number.
func simplify(schema Schema) Schema {
	delete(schema, "default")
	if branches, ok := schema["allOf"].([]any); ok && len(branches) == 1 {
		return simplify(branches[0].(Schema))
	}
	if _, ok := schema["oneOf"]; ok {
		if schema["format"] == "int-or-string" {
			return Schema{"x-kubernetes-int-or-string": true}
		}
		return Schema{"format": "quantity"}
	}
	if properties, ok := schema["properties"].(Schema); ok {
		for name, property := range properties {
			properties[name] = simplify(property.(Schema))
		}
	}
	for _, key := range []string{"items", "additionalProperties"} {
		if value, ok := schema[key].(Schema); ok {
			schema[key] = simplify(value)
		}
	}
	return schema
}

func addReached(reached, all map[string]Schema, value any) {
	switch value := value.(type) {
	case Schema:
		if target, ok := value["$ref"].(string); ok {
			name := strings.TrimPrefix(target, definitionsPrefix)
			if _, known := reached[name]; !known {
				reached[name] = all[name]
				addReached(reached, all, all[name])
			}
			return
		}
		for _, child := range value {
			addReached(reached, all, child)
		}
	case []any:
		for _, child := range value {
			addReached(reached, all, child)
		}
	}
}

// addEnums adds the allowed values of enumerations. Kubernetes leaves them out
// of its published documents; the Go source that these are made from has them:
//
//	func schema_k8sio_api_core_v1_Container(…) … {
//		… "imagePullPolicy": { SchemaProps: spec.SchemaProps{ … Enum: []interface{}{"Always", …
func addEnums(definitions map[string]Schema, file string) {
	source, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	must(err)
	added := 0
	for _, declaration := range source.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok || !strings.HasPrefix(function.Name.Name, "schema_") {
			continue
		}
		parts := strings.Split(function.Name.Name, "_")
		definition, known := definitions[strings.Join(parts[max(0, len(parts)-3):], ".")]
		if !known || strings.Contains(function.Name.Name, "_config_") {
			continue
		}
		properties, _ := definition["properties"].(Schema)
		ast.Inspect(function.Body, func(node ast.Node) bool {
			pair, ok := node.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			name, ok := text(pair.Key)
			property, isProperty := properties[name].(Schema)
			if !ok || !isProperty {
				return true
			}
			if values := enumOf(pair.Value); values != nil {
				target := property
				for _, key := range []string{"items", "additionalProperties"} {
					if element, ok := property[key].(Schema); ok {
						target = element
					}
				}
				target["enum"] = values
				added++
			}
			return false
		})
	}
	if added == 0 {
		log.Fatalf("no enumeration in %s", file)
	}
}

// enumOf returns the values of the Enum field somewhere below node.
func enumOf(node ast.Node) (values []any) {
	ast.Inspect(node, func(node ast.Node) bool {
		pair, ok := node.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		if key, ok := pair.Key.(*ast.Ident); !ok || key.Name != "Enum" {
			return true
		}
		for _, element := range pair.Value.(*ast.CompositeLit).Elts {
			if value, ok := text(element); ok {
				values = append(values, value)
			}
		}
		return false
	})
	return values
}

func text(node ast.Expr) (string, bool) {
	literal, ok := node.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	value, err := strconv.Unquote(literal.Value)
	return value, err == nil
}
