#!/usr/bin/env bash
# Boots an image once, with a seed and without a network, and waits until it has an identity. Does not change the image.
# smoke.sh IMAGE amd64|arm64 [WORD...]: WORD: QEMU arguments; ACCELERATOR in the environment: kvm or tcg; tries both by default
set -euo pipefail
image="$1" architecture="$2" accelerator="${ACCELERATOR:-kvm:tcg}" ended=0
work="$(mktemp --directory)"
trap 'rm --recursive --force -- "${work}"' EXIT

printf '{"instance-id": "smoke", "local-hostname": "smoke"}\n' >"${work}/meta-data"
cat >"${work}/user-data" <<'END'
#!/bin/sh
# Without a sensor's seed, none of our services may be enabled.
test -s /etc/machine-id && test -s /etc/ssh/ssh_host_ed25519_key && test -x /opt/honeypot/first-boot/run &&
  ! ls /etc/systemd/system/*.wants/honeypot-* 2>/dev/null &&
  # Not every image uses the port that QEMU listens to as its console.
  for port in /dev/console /dev/ttyS0 /dev/ttyAMA0; do
    if test -c "$port"; then printf 'smoke: %s\n' good >"$port"; fi
  done
sync
poweroff
END
xorriso -as mkisofs -quiet -volid cidata -joliet -rock -output "${work}/seed.iso" "${work}/meta-data" "${work}/user-data"

# shellcheck disable=SC2054 # the commas are QEMU's
words=(-m 1024 -smp 2 -cpu max -display none -no-reboot -snapshot -serial "file:${work}/console" -nic user,restrict=on)
words+=(-drive "file=${image},if=virtio" -drive "file=${work}/seed.iso,if=virtio,format=raw,readonly=on")
words+=("${@:3}")
case "${architecture}" in
  amd64) timeout 30m qemu-system-x86_64 -machine q35,accel="${accelerator}" "${words[@]}" || ended=$? ;;
  arm64) timeout 60m qemu-system-aarch64 -machine virt,accel="${accelerator}" -bios /usr/share/qemu-efi-aarch64/QEMU_EFI.fd "${words[@]}" || ended=$? ;;
  *) exit 2 ;;
esac
if ! grep --quiet 'smoke: good' "${work}/console"; then
  tail --lines=60 "${work}/console" >&2 || true
  # 124: timeout.
  printf 'smoke.sh: %s did not boot to a usable machine; the emulator exited with %d\n' "${image}" "${ended}" >&2
  exit 1
fi
printf '%s: boots\n' "${image}"
