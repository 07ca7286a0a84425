export interface PageContent {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** The body as JSON. */
  readonly text: string;
}

/** The body of an answer for a person with a browser: the JSON as it would be, in a page without scripts. */
export function renderPage({ name, method, path, status, text }: PageContent): string {
  return [
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
    `<title>${escapeHtml(name)}</title></head><body>`,
    `<h1>${escapeHtml(name)}</h1><p><b>${escapeHtml(method)}</b> ${escapeHtml(path)}</p>`,
    `<p><b>HTTP ${status}</b></p><pre>${escapeHtml(text)}</pre></body></html>`,
  ].join("\n");
}

function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
