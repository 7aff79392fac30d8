# plugins.sh installs this plugin by its checksum; `packer init` uses it. Packer before 1.7 does not support this block: use only sensor.pkr.hcl.
packer {
  required_plugins {
    qemu = {
      source  = "github.com/hashicorp/qemu"
      version = "= 1.1.6"
    }
  }
}
