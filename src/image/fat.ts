import { readFile } from "node:fs/promises";
import * as FatFs from "js-fatfs";
import { OutsideError } from "../diagnostics/outside-error.ts";
import type { Region } from "./region.ts";
import { type WasmImports, type WasmInstance, wasm } from "./wasm.ts";

/** A mounted FAT file system. Paths are relative to its root, with `/`, and case-insensitive. */
export type FatVolume = {
  /** The content of a file; `undefined` if it does not exist. */
  readonly read: (path: string) => Uint8Array | undefined;
  readonly has: (path: string) => boolean;
  /** Creates or replaces a file, and the folders above it; throws `OutsideError` if the volume is full. */
  readonly write: (path: string, content: Uint8Array) => void;
};

/** A loaded FatFs, to change an existing volume. All functions are synchronous. */
export type Fat = {
  readonly mount: <T>(region: Region, use: (volume: FatVolume) => T) => T;
};

/**
 * Loads FatFs (WebAssembly, some milliseconds). Its clock is fixed at the beginning of 1980 in any time zone, so that the
 * same files produce the same bytes.
 */
export async function loadFat(): Promise<Fat> {
  const disk = currentDisk();
  // `instantiateWasm` is emscripten's own hook, which the package's types leave out.
  const options: FatFs.FatFsOptions & { readonly instantiateWasm: InstantiateWasm } = {
    diskio: disk.io,
    instantiateWasm: await withoutClock(),
  };
  const ff = await FatFs.create(options);
  return { mount: (region, use) => disk.with(region, () => mount(ff, use)) };
}

type InstantiateWasm = (imports: WasmImports, receive: (instance: WasmInstance) => void) => object;

// The module imports the clock as `_emscripten_date_now` and converts it to local time with this machine's time zone, so
// the clock returns this machine's midnight. The zone's name is not needed, and finding it takes longer than all the
// rest.
async function withoutClock(): Promise<InstantiateWasm> {
  const module = new wasm.Module(await readFile(new URL("fatfs.wasm", import.meta.resolve("js-fatfs"))));
  const midnight = new Date(1980, 0, 1).getTime();
  const ours: Readonly<Record<string, () => unknown>> = {
    _emscripten_date_now: () => midnight,
    __tzset_js: () => undefined,
  };
  return (imports, receive) => {
    const given = Object.entries(imports.a ?? {});
    const replaced = given.map(([key, value]) => [key, ours[nameOf(value)] ?? value] as const);
    const count = replaced.filter(([key, value]) => imports.a?.[key] !== value).length;
    if (count !== Object.keys(ours).length) throw new Error("js-fatfs has a different clock than expected");
    const instance = new wasm.Instance(module, { ...imports, a: Object.fromEntries(replaced) });
    receive(instance);
    return instance.exports;
  };
}

function nameOf(given: unknown): string {
  return typeof given === "function" ? given.name : "";
}

const sectorBytes = 512;

// FatFs numbers its disks and calls back for sectors; there is only one disk, the current one.
function currentDisk() {
  let region: Region | undefined;
  let failure: unknown;
  const attempt = (work: (region: Region) => void): number => {
    try {
      if (region === undefined) return FatFs.RES_NOTRDY;
      work(region);
      return FatFs.RES_OK;
    } catch (error) {
      failure = error;
      return FatFs.RES_ERROR;
    }
  };
  const io: FatFs.DiskIO = {
    initialize: () => 0,
    status: () => 0,
    read: (ff, _, buffer, sector, count) =>
      attempt((from) => ff.HEAPU8.set(from.read(sector * sectorBytes, count * sectorBytes), buffer)),
    write: (ff, _, buffer, sector, count) =>
      attempt((to) =>
        to.write(sector * sectorBytes, ff.HEAPU8.subarray(buffer, buffer + count * sectorBytes)),
      ),
    ioctl: (ff, _, command, buffer) =>
      attempt((of) => {
        if (command === FatFs.GET_SECTOR_COUNT) ff.setValue(buffer, of.size / sectorBytes, "i32");
        else if (command === FatFs.GET_SECTOR_SIZE) ff.setValue(buffer, sectorBytes, "i16");
        else if (command === FatFs.GET_BLOCK_SIZE) ff.setValue(buffer, 1, "i32");
      }),
  };
  return {
    io,
    with: <T>(given: Region, use: () => T): T => {
      region = given;
      failure = undefined;
      try {
        return use();
      } catch (error) {
        // The disk's own error is more precise than FatFs's.
        throw failure ?? error;
      } finally {
        region = undefined;
      }
    },
  };
}

function mount<T>(ff: FatFs.FatFs, use: (volume: FatVolume) => T): T {
  return withMemory(ff, FatFs.sizeof_FATFS, (filesystem) => {
    check(ff.f_mount(filesystem, "", 1), "the boot partition");
    try {
      return use({
        read: (path) => read(ff, path),
        has: (path) => ff.f_stat(path, 0) === FatFs.FR_OK,
        write: (path, content) => write(ff, path, content),
      });
    } finally {
      ff.f_unmount("");
    }
  });
}

function read(ff: FatFs.FatFs, path: string): Uint8Array | undefined {
  return withMemory(ff, FatFs.sizeof_FIL, (file) => {
    const opened = ff.f_open(file, path, FatFs.FA_READ);
    if (opened === FatFs.FR_NO_FILE || opened === FatFs.FR_NO_PATH) return undefined;
    check(opened, path);
    const size = ff.f_size(file);
    return withMemory(ff, size + 4, (buffer) => {
      check(ff.f_read(file, buffer + 4, size, buffer), path);
      if (ff.getValue(buffer, "i32") !== size) throw damaged(path);
      const content = ff.HEAPU8.slice(buffer + 4, buffer + 4 + size);
      check(ff.f_close(file), path);
      return content;
    });
  });
}

function write(ff: FatFs.FatFs, path: string, content: Uint8Array): void {
  const parts = path.split("/");
  for (let depth = 1; depth < parts.length; depth++) {
    const made = ff.f_mkdir(parts.slice(0, depth).join("/"));
    if (made !== FatFs.FR_EXIST) check(made, path);
  }
  withMemory(ff, FatFs.sizeof_FIL, (file) => {
    check(ff.f_open(file, path, FatFs.FA_WRITE | FatFs.FA_CREATE_ALWAYS), path);
    withMemory(ff, content.length + 4, (buffer) => {
      ff.HEAPU8.set(content, buffer + 4);
      check(ff.f_write(file, buffer + 4, content.length, buffer), path);
      if (ff.getValue(buffer, "i32") !== content.length) throw full(path);
    });
    check(ff.f_close(file), path);
  });
}

function withMemory<T>(ff: FatFs.FatFs, bytes: number, use: (pointer: number) => T): T {
  const pointer = ff.malloc(bytes);
  if (pointer === 0) throw new OutsideError(`no memory for ${bytes} bytes`);
  try {
    return use(pointer);
  } finally {
    ff.free(pointer);
  }
}

function check(result: number, what: string): void {
  if (result === FatFs.FR_OK) return;
  if (result === FatFs.FR_DENIED) throw full(what);
  if (result === FatFs.FR_INT_ERR || result === FatFs.FR_NO_FILESYSTEM) throw damaged(what);
  if (result === FatFs.FR_INVALID_NAME) throw new Error(`${what} is not a valid file name on FAT`);
  throw new OutsideError(`the file system of the boot partition refuses ${what} (FatFs says ${result})`);
}

function full(path: string): OutsideError {
  return new OutsideError(`there is no space for ${path} on the boot partition, or the file is read-only`);
}

function damaged(path: string): OutsideError {
  return new OutsideError(
    `the file system of the boot partition is damaged at ${path}`,
    "download the image again and compare its checksum; repair a used card with fsck.vfat -a",
  );
}
