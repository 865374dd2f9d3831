// Where everything is in a fleet's repository, relative to its root.

/** The folder of hand-written definitions. */
export const clustersFolder = "clusters";
/** The folder of generated manifests. */
export const manifestsFolder = "manifests";

/** The generated folder of a bundle: what a release of it packs. */
export const bundleFolder = (bundle: string): string => `${manifestsFolder}/${bundle}`;
/** The generated folder of a cluster: what its Flux syncs. */
export const clusterFolder = (cluster: string): string => `${manifestsFolder}/clusters/${cluster}`;
/** A bundle's contract. */
export const contractFile = (bundle: string): string => `${bundleFolder(bundle)}/bundle.json`;
