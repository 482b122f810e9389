import { CommandError, runCommand } from "../network/command.ts";
import { overlayPath } from "./process/mount-table.ts";
import { RuntimeError } from "./runtime.ts";

/** The layers of an image, as directories. */
export interface ImageLayers {
  /** Where they lie. */
  root: string;
  /** Paths below `root`, topmost first; short, because an overlay's options have a limit. */
  layers: readonly string[];
}

/**
 * Shows an image's files at an empty directory: to be read, not to be run. Those who mount the directory on cannot change
 * that. @throws RuntimeError `InvalidConfig`
 */
export async function mountLayers({ root, layers }: ImageLayers, directory: string): Promise<void> {
  // Without an upper layer an overlay wants two lower ones: the empty directory itself is the other.
  const lower = [...layers, directory].map(overlayPath).join(":");
  const options = `ro,noexec,nosuid,nodev,lowerdir=${lower}`;
  const script = 'cd "$1" && LIBMOUNT_FORCE_MOUNT2=always exec mount --no-mtab -t overlay -o "$2" image "$3"';
  try {
    await runCommand(["sh", "-c", script, "sh", root, options, directory]);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new RuntimeError("InvalidConfig", `the image cannot be mounted: ${error.stderr.trim()}`, { cause: error });
  }
}
