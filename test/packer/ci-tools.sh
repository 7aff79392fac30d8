#!/usr/bin/env bash
# Fetches the checkers of the workflows, at pinned versions, into .cache/ci-tools: actionlint, and GitLab's schema in gitlab-ci-local.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools="${PWD}/.cache/ci-tools"
mkdir --parents -- "${tools}"
GOBIN="${tools}" go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
npm install --silent --no-fund --no-audit --no-save --ignore-scripts --prefix "${tools}" gitlab-ci-local@4.70.0
