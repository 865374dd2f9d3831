import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { kindImage } from "../../../lib/stack/kubernetes-versions.ts";
import { KubeClient } from "./kube-client.ts";
import type { RunningKubernetes } from "./kubernetes.ts";
import { Unavailable } from "./unavailable.ts";

/**
 * Looks whether kind and what it runs containers with are there, before anything else takes time.
 * @throws Unavailable if not
 */
export async function checkKind(): Promise<void> {
  await kind(["get", "clusters"]);
}

/**
 * Makes a cluster with kind. The controllers of Flux run as processes here, as everywhere in these tests, so that
 * they reach the git server and the registry on loopback.
 * @param minor of Kubernetes, such as `1.36`. @default kind's own
 * @throws Unavailable if kind or Docker is missing, or there is no cluster in time
 */
export async function startKind(folder: string, minor?: string): Promise<RunningKubernetes> {
  const name = `sluice-${randomBytes(4).toString("hex")}`;
  const file = join(folder, "kubeconfig");
  const remove = async () => {
    await kind(["delete", "cluster", "--name", name]);
  };
  const image = minor === undefined ? [] : ["--image", kindImage(minor)!];
  try {
    await kind(["create", "cluster", "--name", name, "--kubeconfig", file, "--wait", "120s", ...image]);
  } catch (error) {
    await remove().catch(() => undefined);
    throw error;
  }
  const kubeconfig = readFileSync(file, "utf8");
  return { kubeconfig, client: new KubeClient(kubeconfig), remove };
}

function kind(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile("kind", args, (error, _, stderr) => {
      if (error === null) resolve();
      else if (error.code === "ENOENT")
        reject(new Unavailable({ message: "kind is not installed", remedy: "https://kind.sigs.k8s.io" }));
      else
        reject(
          new Unavailable({
            where: `kind ${args.slice(0, 2).join(" ")}`,
            message: stderr.trim().split("\n").slice(-3).join("\n  "),
            remedy: "kind needs Docker: without it, leave --cluster kind out",
          }),
        );
    });
  });
}
