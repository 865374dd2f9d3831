import { describe, expect, test } from "vitest";
import { dangersOf } from "../../../lib/impact/dangers.ts";
import { objectChanges } from "../../../lib/impact/object-changes.ts";

type Json = Readonly<Record<string, unknown>>;
const object = (kind: string, spec: Json = {}, more: Json = {}, apiVersion = "v1"): Json => ({
  apiVersion,
  kind,
  metadata: { name: "x", namespace: "apps" },
  spec,
  ...more,
});
const dangers = (old: Json | undefined, now: Json | undefined, force = false) =>
  dangersOf(old, now, old === undefined || now === undefined ? [] : objectChanges(old, now), force);
const apps = (kind: string, spec: Json) => object(kind, spec, {}, "apps/v1");
const rbac = (kind: string, more: Json) => object(kind, {}, more, "rbac.authorization.k8s.io/v1");

describe("what deserves a second look", () => {
  test.each([
    ["a custom resource definition goes", object("CustomResourceDefinition", { names: { kind: "Kafka" } }), "deletes every Kafka of the cluster with it"],
    ["a namespace goes", object("Namespace"), "deletes everything in the namespace"],
    ["a claim goes", object("PersistentVolumeClaim"), "may delete the volume's data"],
    ["a volume goes", object("PersistentVolume"), "may delete the volume's data"],
    ["a release goes", object("HelmRelease"), "uninstalls the release"],
    ["a suspended release goes", object("HelmRelease", { suspend: true }), "suspended: its release stays behind"],
    ["a load balancer goes", object("Service", { type: "LoadBalancer" }), "gives its external address away"],
    ["a Kustomization goes", object("Kustomization", { prune: true }, {}, "kustomize.toolkit.fluxcd.io/v1"), "deletes all that it applied"],
  ])("%s", (_, old, words) => {
    expect(dangers(old, undefined)).toEqual([words]);
  }); // prettier-ignore

  test("what Flux is told not to prune stays", () => {
    const kept = {
      metadata: { name: "x", annotations: { "kustomize.toolkit.fluxcd.io/prune": "disabled" } },
    };
    expect(dangers(object("Namespace", {}, kept), undefined)).toEqual([]);
  });

  test.each([
    ["a Deployment's selector", apps("Deployment", { selector: { a: 1 } }), apps("Deployment", { selector: { a: 2 } }), "spec.selector.a"],
    ["a StatefulSet's claims", apps("StatefulSet", { serviceName: "a" }), apps("StatefulSet", { serviceName: "b" }), "spec.serviceName"],
    ["a claim's class", object("PersistentVolumeClaim", { storageClassName: "a" }), object("PersistentVolumeClaim", { storageClassName: "b" }), "spec.storageClassName"],
    ["a binding's role", rbac("RoleBinding", { roleRef: { name: "a" } }), rbac("RoleBinding", { roleRef: { name: "b" } }), "roleRef.name"],
    ["an immutable ConfigMap", object("ConfigMap", {}, { immutable: true, data: { a: "1" } }), object("ConfigMap", {}, { immutable: true, data: { a: "2" } }), "data.a"],
  ])("a field that cannot change: %s", (_, old, now, path) => {
    const said = `cannot be changed (${path}): the API server refuses it and its Kustomization fails`;
    expect(dangers(old, now)).toContain(said);
    expect(dangers(old, now, true).join()).toContain("Flux deletes it and makes it anew");
    expect(dangers(old, old)).toEqual([]);
  }); // prettier-ignore

  test("fields that may change are none", () => {
    expect(dangers(apps("Deployment", { replicas: 1 }), apps("Deployment", { replicas: 2 }))).toEqual([]);
    expect(dangers(apps("StatefulSet", { replicas: 1 }), apps("StatefulSet", { replicas: 2 }))).toEqual([]);
  });

  test.each([
    ["a chart", { chart: { spec: { version: "1.10.0" } } }, { chart: { spec: { version: "1.9.0" } } }, "goes back from 1.10.0 to 1.9.0"],
    ["a track", { ref: { tag: "2.0.0" } }, { ref: { tag: "1.4.2" } }, "goes back from 2.0.0 to 1.4.2"],
    ["an image", { image: "registry.example.com:5000/web:1.2.0" }, { image: "registry.example.com:5000/web:1.1.9" }, "goes back from registry.example.com:5000/web:1.2.0 to registry.example.com:5000/web:1.1.9"],
  ])("a version that goes back: %s", (_, old, now, words) => {
    expect(dangers(object("X", old), object("X", now))).toEqual([words]);
    expect(dangers(object("X", now), object("X", old))).toEqual([]);
  }); // prettier-ignore

  test("more permissions, and not fewer", () => {
    const role = (...verbs: string[]) => rbac("ClusterRole", { rules: [{ apiGroups: [""], resources: ["pods"], verbs }] });
    expect(dangers(role("get"), role("get", "delete"))).toEqual(["allows more: delete pods"]);
    expect(dangers(role("get", "delete"), role("get"))).toEqual([]);
    expect(dangers(role("*"), role("get"))).toEqual([]);
    expect(dangers(undefined, role("get"))).toEqual([]);
    expect(dangers(undefined, role("*"))).toEqual(["allows more: * pods"]);
    const binding = (...names: string[]) =>
      rbac("ClusterRoleBinding", { roleRef: { name: "admin" }, subjects: names.map((name) => ({ kind: "Group", name })) });
    expect(dangers(binding("a"), binding("a", "b"))).toEqual(["gives admin to Group b"]);
    expect(dangers(binding("a", "b"), binding("a"))).toEqual([]);
  }); // prettier-ignore
});
