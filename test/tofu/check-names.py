#!/usr/bin/env python3
"""Compares the names in schemas.json with the types that npm packages publish for each provider. Run it by hand after a
change of schemas.json: check-names.py FOLDER, where each package was unpacked into a folder with its name (npm pack)."""

import json
import pathlib
import re
import sys

# The package of each provider, and how its names begin. Pulumi's and CDKTF's names are camel case; Pulumi's lists are
# in the plural.
PACKAGES = {
    "hcloud": "pulumi-hcloud",
    "linode": "pulumi-linode",
    "openstack": "pulumi-openstack",
    "digitalocean": "pulumi-digitalocean",
    "vultr": "ediri-vultr",
    "libvirt": "pulumi-libvirt",
    "proxmox": "muhlba91-pulumi-proxmoxve",
    "oci": "pulumi-oci",
    "aws": "cdktf-provider-aws",
    "azurerm": "cdktf-provider-azurerm",
    "google": "cdktf-provider-google",
}
# Pulumi renames these.
RENAMED = {
    "openstack_compute_instance_v2": "instance", "openstack_images_image_v2": "getImage",
    "openstack_networking_secgroup_v2": "secGroup", "openstack_networking_secgroup_rule_v2": "secGroupRule",
    "hcloud_ssh_keys": "getSshKeys", "digitalocean_ssh_keys": "getSshKeys", "libvirt_cloudinit_disk": "cloudInitDisk",
    "oci_core_subnet": "getSubnet", "oci_identity_availability_domains": "getAvailabilityDomains",
    "oci_core_images": "getImages", "hcloud_primary_ip": "primaryIp",
    "proxmox_virtual_environment_download_file": "file", "proxmox_virtual_environment_file": "fileLegacy",
    "proxmox_virtual_environment_vm": "vmLegacy",
    "proxmox_virtual_environment_firewall_options": "firewallOptions",
    "proxmox_virtual_environment_firewall_rules": "firewallRules",
}


def camel(name):
    head, *rest = name.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in rest)


def names_of(of):
    for name, value in of.items():
        yield name
        if isinstance(value, dict):
            yield from names_of(value)
        elif value[0] == "computed" and value[1][0] == "list" and value[1][1][0] == "object":
            yield from value[1][1][1]


def sources(root, provider, resource, is_data):
    folder = next(iter(sorted(root.glob(PACKAGES[provider] + "*/package"))), None)
    if folder is None:
        return None
    short = resource.split("_", 1)[1]
    if PACKAGES[provider].startswith("cdktf"):
        kebab = ("data-" + provider + "-" if is_data else "") + short.replace("_", "-")
        return list(folder.glob(f"lib/{kebab}/index*.d.ts"))
    wanted = RENAMED.get(resource) or camel(re.sub(r"^core_", "", short))
    files = [path for path in folder.rglob("*.d.ts") if path.stem.removesuffix(".d").lower() == wanted.lower()]
    return files + list(folder.glob("types/*put.d.ts")) if files else []


def main():
    root = pathlib.Path(sys.argv[1])
    schemas = json.loads((pathlib.Path(__file__).parent / "schemas.json").read_text())
    missing = 0
    for provider, schema in schemas.items():
        for kind in ("resources", "data"):
            for resource, of in schema[kind].items():
                files = sources(root, provider, resource, kind == "data")
                if not files:
                    print(f"{resource}: no types")
                    continue
                text = "".join(path.read_text() for path in files)
                for name in sorted(set(names_of(of))):
                    if not re.search(rf"\b{camel(name)}(s|es|s_)?(Input)?\??[:(]", text, re.I):
                        missing += 1
                        print(f"{resource}: {name} is not in {files[0].name}")
    print(f"{missing} names missing")


main()
