/**
 * The longest name a cluster may have. With it, `<cluster>-<purpose>` stays within the 63 characters of a DNS
 * label and a bucket for any purpose of up to 22 characters, also where Flux puts the cluster's name in.
 */
export const clusterNameLimit = 40;
const purposeLimit = 63 - clusterNameLimit - 1;

const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** What is wrong with a cluster's name, or undefined. A name is a DNS label, as it becomes part of many. */
export function clusterNameProblem(name: string): string | undefined {
  if (name.length > clusterNameLimit)
    return `'${name}' has ${name.length} characters; a cluster's name has at most ${clusterNameLimit}, so that names made with it fit`;
  if (!dnsLabel.test(name))
    return `'${name}' is no DNS label: lower-case letters, digits and '-', beginning and ending with a letter or digit`;
  return undefined;
}

/**
 * The name of an external resource of a cluster (a role, a bucket, a DNS zone), known without a look-up: the
 * same in the stack that makes it and in the manifest that uses it, where `cluster` may be the placeholder
 * of `cluster_name`.
 * @param purpose what it is for, such as `external-secrets`: a DNS label of at most 22 characters
 * @throws Error if the purpose is none
 */
export function externalName(cluster: string, purpose: string): string {
  if (!dnsLabel.test(purpose) || purpose.length > purposeLimit)
    throw new Error(`purpose '${purpose}' is no DNS label of at most ${purposeLimit} characters`);
  return `${cluster}-${purpose}`;
}
