/** The pull policy of an image that names none: a moving tag is pulled always, any other once. */
export function defaultImagePullPolicy(image: string | undefined): "Always" | "IfNotPresent" {
  return image && tagOf(image) === "latest" ? "Always" : "IfNotPresent";
}

function tagOf(image: string): string {
  const at = image.indexOf("@");
  const name = at < 0 ? image : image.slice(0, at);
  const colon = name.lastIndexOf(":");
  if (colon > name.lastIndexOf("/")) return name.slice(colon + 1);
  return at < 0 ? "latest" : "";
}
