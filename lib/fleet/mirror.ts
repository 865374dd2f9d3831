/** A registry that charts and images are pulled through, for closed networks. */
export interface Mirror {
  /** Where charts are: `<charts>/<chart>:<version>`, such as `oci://registry.internal/charts`. @default from where they are published */
  readonly charts?: string;
  /** Where images are: `<images>/<registry>/<repository>`, such as `registry.internal/mirror`. @default from where they are published */
  readonly images?: string;
  /** The charts' registry speaks plain HTTP. @default false */
  readonly insecure?: boolean;
}
