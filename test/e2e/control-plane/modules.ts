import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A Go module below `modules` that pins programs of the control plane and is built as it is. */
export interface ControlPlaneModule {
  /** Its folder's name. */
  readonly name: string;
  /** The module that its go.mod requires, whose files go along: definitions, stages. */
  readonly path: string;
  /** The programs that building it gives. */
  readonly programs: readonly string[];
  /** Folders of the required module to keep beside the programs, by their name there. */
  readonly keep?: Readonly<Record<string, string>>;
}

const flux = (name: string): ControlPlaneModule => ({
  name,
  path: `github.com/fluxcd/${name}`,
  programs: [name],
  keep: { definitions: "config/crd/bases" },
});

/** In the order in which they are built: what the controllers share is compiled once. */
export const modules: readonly ControlPlaneModule[] = [
  { name: "etcd", path: "go.etcd.io/etcd/server/v3", programs: ["etcd"] },
  {
    name: "kubernetes",
    path: "k8s.io/kubernetes",
    programs: ["kube-apiserver", "kube-controller-manager", "kube-scheduler"],
  },
  {
    name: "kwok",
    path: "sigs.k8s.io/kwok",
    programs: ["kwok"],
    keep: { pod: "kustomize/stage/pod/fast", node: "kustomize/stage/node/fast" },
  },
  flux("source-controller"),
  flux("kustomize-controller"),
  flux("helm-controller"),
  flux("notification-controller"),
  flux("image-reflector-controller"),
  flux("image-automation-controller"),
];

/** Kubernetes a minor later, for tests that raise it: built only where it is asked for. */
export const nextKubernetes: ControlPlaneModule = {
  name: "kubernetes-next",
  path: "k8s.io/kubernetes",
  programs: ["kube-apiserver", "kube-controller-manager", "kube-scheduler"],
};

/** The version that a module's go.mod requires, such as `v1.35.4`. */
export function requiredVersion(folder: string, { name, path }: ControlPlaneModule): string {
  const text = readFileSync(join(folder, name, "go.mod"), "utf8");
  const line = text.split("\n").find((each) => each.replace(/^(require)?\s+/, "").startsWith(`${path} v`));
  if (line === undefined) throw new Error(`${name}/go.mod does not require ${path}`);
  return /\sv\S+/.exec(line)![0].trim();
}
