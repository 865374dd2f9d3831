/**
 * Public keys that stand in one text, as the files of the Secret that releases are verified with: source-controller
 * reads one key of each `*.pub`.
 */
export function releaseKeyFiles(keys: string): Record<string, string> {
  const found = keys.match(/-----BEGIN [^-]+-----[\s\S]+?-----END [^-]+-----\n?/g) ?? [keys];
  return Object.fromEntries(
    found.map((key, index) => [index === 0 ? "release.pub" : `release-${index + 1}.pub`, key]),
  );
}
