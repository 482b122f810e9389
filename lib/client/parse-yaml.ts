/** Its own file so that it can be loaded late: a bundle has no named exports of a package imported dynamically. */
export { parse } from "yaml";
