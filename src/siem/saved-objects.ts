import type { Query } from "./queries.ts";

/** The queries as Kibana imports them: *Stack Management, Saved Objects, Import*; one JSON object a line. */
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
