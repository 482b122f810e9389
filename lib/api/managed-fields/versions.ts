import type { Shape } from "./shape.ts";

/** A kind in one of its versions. */
export interface KindVersion {
  readonly apiVersion: string;
  readonly shape: Shape;
  /** An object as this version shows it; the argument is in the version in which objects are kept. Absent: it is that one. */
  show?(kept: object): object | Promise<object>;
  /** The way back. */
  read?(shown: object): object | Promise<object>;
}

/** The versions of a kind, by apiVersion; undefined for one that is not served any more. */
export type KindVersions = (apiVersion: string) => KindVersion | undefined;
