#!/usr/bin/env bash
# Each clone is at the commit of the settings, and its files are those of the commit.
# Variables: repositories (name, URL and ref of each).
set -euo pipefail
git_in() { timeout 120 git -C "$clone" "$@" 2>/dev/null; }
read -r -a words <<<"$repositories"
said=""
for ((i = 0; i < ${#words[@]}; i += 3)); do
  clone="$root/opt/honeypot/src/${words[i]}" url="${words[i + 1]:-}" ref="${words[i + 2]:-}"
  head="$(git_in rev-parse --verify 'HEAD^{commit}' || true)"
  if [[ -z "$head" ]]; then missing "$clone has no commit"; fi
  origin="$(git_in config remote.origin.url || true), $(git_in config honeypot.ref || true)"
  if [[ "$origin" != "$url, $ref" ]]; then missing "$clone is of $origin"; fi
  # A tag or a branch can be any commit.
  if [[ "$ref" =~ ^[0-9a-f]{7,64}$ && "$head" != "$ref"* ]]; then missing "$clone is at $head"; fi
  if ! git_in diff --quiet --ignore-submodules=all HEAD --; then missing "$clone has other files than $head"; fi
  said+="${said:+, }${words[i]} at ${head:0:12}"
done
seen "$said"
