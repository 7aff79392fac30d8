#!/usr/bin/env bash
# Unpacks Debian's Prometheus, Alertmanager and node exporter into .cache/prometheus. Installing them would start services.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir --parents .cache/prometheus
cd .cache/prometheus
apt-get download --quiet=2 prometheus prometheus-alertmanager prometheus-node-exporter
for package in *.deb; do dpkg-deb --extract "${package}" .; done
rm -- *.deb
