/** A CustomResourceDefinition of the kind Widget of example.com/v1. @param spec the schema of its spec, as YAML in braces */
export const widgetDefinition = (spec: string): string => `---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Widget, plural: widgets }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, required: [spec], properties: { spec: ${spec} } } }
`;
