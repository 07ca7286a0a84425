/** Makes the absolute addresses inside a body. */
export interface Links {
  /** Address in the API of a path below `/api/`. */
  api(path: string): string;
  /** Address in the user interface of a path below `/`. */
  page(path: string): string;
}

/** `format` is repeated in every address, where the request carried one (contract U-8). */
export function createLinks(origin: string, format: string | undefined): Links {
  const suffix = format ? `?format=${encodeURIComponent(format)}` : "";
  return {
    api: (path) => `${origin}/api/${path}${suffix}`,
    page: (path) => `${origin}/${path}${suffix}`,
  };
}
