#!/usr/bin/env bash
# sshd accepts the admin alone, and only with a key.
# Variables: user.
set -euo pipefail
said="$(sshd -T -C user=root,host=sensor,addr=203.0.113.9)"
for line in 'permitrootlogin no' 'passwordauthentication no' 'kbdinteractiveauthentication no' "allowusers $user"; do
  if ! grep --quiet --line-regexp --fixed-strings -- "$line" <<<"$said"; then missing "sshd -T does not print \"$line\""; fi
done
if [[ "$(grep --count '^allowusers ' <<<"$said")" != 1 ]]; then missing "sshd accepts several accounts"; fi
seen "permitrootlogin no; allowusers $user"
