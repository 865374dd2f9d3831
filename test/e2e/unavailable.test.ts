import { describe, expect, it } from "vitest";
import { isForWant } from "./control-plane/unavailable.ts";

describe("Go fails", () => {
  it.each([
    "go: go.mod requires go >= 1.26.0 (running go 1.24.1; GOTOOLCHAIN=local)",
    "go: download go1.26.0 for linux/amd64: toolchain not available",
    "go.etcd.io/etcd/server/v3: module lookup disabled by GOPROXY=off",
    'go: k8s.io/api@v0.35.4: Get "https://proxy.example.com/k8s.io/api/@v/v0.35.4.mod": dial tcp: lookup proxy.example.com: no such host',
    "go: github.com/fluxcd/pkg@v1.0.0: reading https://proxy.example.com/x.zip: 404 Not Found\n\tserver response: not found",
    "go: github.com/fluxcd/pkg@v1.0.0: reading https://proxy.example.com/x.zip: 502 Bad Gateway",
  ])("for want of something: %s", (stderr) => {
    expect(isForWant(stderr)).toBe(true);
  });

  it.each([
    "./main.go:404:12: undefined: NotFound",
    "verifying github.com/fluxcd/pkg@v1.0.0: checksum mismatch\n\tdownloaded: h1:abc\n\tgo.sum: h1:def",
    "missing go.sum entry for module providing package k8s.io/api",
    "go: updates to go.mod needed; to update it: go mod tidy",
  ])("by what it is told to build: %s", (stderr) => {
    expect(isForWant(stderr)).toBe(false);
  });
});
