import type { Provider } from "../fleet/providers.ts";
import type { Problem } from "../fleet/user-error.ts";

/**
 * The node images of kind v0.33.0, by minor version, newest first: a kind release supports only the images of
 * its own release notes, and asks for them by digest (https://github.com/kubernetes-sigs/kind/releases/tag/v0.33.0).
 */
const kindImages: Readonly<Record<string, { readonly version: string; readonly digest: string }>> = {
  "1.37": {
    version: "1.37.0",
    digest: "sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5",
  },
  "1.36": {
    version: "1.36.4",
    digest: "sha256:099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed",
  },
  "1.35": {
    version: "1.35.8",
    digest: "sha256:07b2536e30b803ed61d1677a79df6115f798ce64c80f9e22f6ed45afd09323c0",
  },
  "1.34": {
    version: "1.34.11",
    digest: "sha256:44e222ee2132dab25ff87301682f89eb82c7880ea3a1bf543bfe9708fd08d67d",
  },
};

/** The release of kind whose images {@link kindImage} names. */
export const kindRelease = "0.33.0";

/** The managed add-ons of an EKS cluster. */
export type EksAddonName =
  "vpc-cni" | "coredns" | "kube-proxy" | "eks-pod-identity-agent" | "aws-ebs-csi-driver";

const sharedAddons = {
  "vpc-cni": "v1.22.3-eksbuild.1",
  "eks-pod-identity-agent": "v1.3.10-eksbuild.2",
  "aws-ebs-csi-driver": "v1.66.0-eksbuild.1",
} as const;

/**
 * The versions of EKS in standard support (autumn 2026), with the add-ons that go with each: the tables of the
 * EKS user guide, "Manage kube-proxy/CoreDNS in Amazon EKS clusters".
 * `aws eks describe-addon-versions --kubernetes-version V` lists what there is.
 */
const eksAddons: Readonly<Record<string, Readonly<Record<EksAddonName, string>>>> = {
  "1.36": { ...sharedAddons, coredns: "v1.14.2-eksbuild.4", "kube-proxy": "v1.36.0-eksbuild.14" },
  "1.35": { ...sharedAddons, coredns: "v1.14.2-eksbuild.4", "kube-proxy": "v1.35.3-eksbuild.13" },
  "1.34": { ...sharedAddons, coredns: "v1.13.2-eksbuild.7", "kube-proxy": "v1.34.6-eksbuild.13" },
};

const minorOf = (version: string): string => version.split(".").slice(0, 2).join(".");
const newestFirst = (a: string, b: string) => Number(b.split(".")[1]) - Number(a.split(".")[1]);

/** The image of kind's nodes for a version of Kubernetes, by digest; undefined where kind has none. */
export function kindImage(kubernetes: string): string | undefined {
  const image = kindImages[minorOf(kubernetes)];
  if (image === undefined || (kubernetes !== minorOf(kubernetes) && kubernetes !== image.version))
    return undefined;
  return `kindest/node:v${image.version}@${image.digest}`;
}

/** The pinned add-ons of EKS for a version of Kubernetes; undefined where EKS does not offer it. */
export function eksAddonVersions(kubernetes: string): Readonly<Record<EksAddonName, string>> | undefined {
  return eksAddons[kubernetes];
}

/** The full version that kwokctl is asked for: kwok takes any release, and needs its patch. */
export function kwokVersion(kubernetes: string): string {
  return `v${kubernetes === minorOf(kubernetes) ? (kindImages[kubernetes]?.version ?? `${kubernetes}.0`) : kubernetes}`;
}

/** What is wrong with a version of Kubernetes on a provider, or undefined. */
export function kubernetesProblem(
  provider: Provider["kind"],
  kubernetes: string,
  file: string,
): Problem | undefined {
  if (provider === "kind" && kindImage(kubernetes) === undefined) {
    const known = Object.values(kindImages).map(({ version }) => version);
    return {
      where: file,
      message: `kind ${kindRelease} has no node image for Kubernetes ${kubernetes}`,
      remedy: `set kubernetes to one of ${[...Object.keys(kindImages).sort(newestFirst), ...known].join(", ")}`,
    };
  }
  if (provider === "eks" && eksAddonVersions(kubernetes) === undefined) {
    const patch = eksAddonVersions(minorOf(kubernetes)) !== undefined;
    return {
      where: file,
      message: patch
        ? `EKS takes a minor version of Kubernetes, not ${kubernetes}: it chooses the patch itself`
        : `EKS has no Kubernetes ${kubernetes} in standard support`,
      remedy: `set kubernetes to one of ${Object.keys(eksAddons).sort(newestFirst).join(", ")}`,
    };
  }
  return undefined;
}
