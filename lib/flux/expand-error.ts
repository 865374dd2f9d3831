/** Why a text cannot be expanded: kustomize-controller fails the build with the same reason. */
export class ExpandError extends Error {
  override readonly name = "ExpandError";
}

/** No manifest comes near: etcd takes objects of 1.5 MiB. */
export const longestResult = 8 * 1024 * 1024;
/** Why a result that is longer is refused. */
export const tooLong = (): ExpandError =>
  new ExpandError(`the result is longer than ${longestResult} characters`);
