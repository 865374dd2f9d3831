/**
 * Lets Flux make an object anew whose fields cannot be changed. For objects that nothing loses by it: classes
 * are read only when something of them is made.
 */
export const replaceable = { "kustomize.toolkit.fluxcd.io/force": "enabled" } as const;
