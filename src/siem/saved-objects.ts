import type { Query } from "./queries.ts";

/** The queries for Kibana's *Stack Management, Saved Objects, Import*: one JSON object per line. */
export function savedObjects(queries: readonly Query[]): string {
  return queries
    .map(({ id, title, kql }) =>
      JSON.stringify({
        type: "query",
        id,
        attributes: {
          title,
          description: "made by sensorbake",
          query: { language: "kuery", query: kql },
          filters: [],
        },
        references: [],
      }),
    )
    .map((line) => `${line}\n`)
    .join("");
}
