#!/usr/bin/env bash
# Builds OpenTofu at the version in tofu/go.mod, and the stand-in for its providers, into .cache/tofu.
set -euo pipefail
cd "$(dirname "$0")"
build() {
  (cd "$1" && go build -o "../../../../.cache/tofu/$2" "$3")
}
build stand-in stand-in .
# OpenTofu takes some six minutes of processor time.
build tofu tofu github.com/opentofu/opentofu/cmd/tofu
