# plugins.sh installs this plugin by its checksum; `packer init` uses it. Packer before 1.7 does not support this block: use only sensor.pkr.hcl.
packer {
  required_plugins {
    googlecompute = {
      source  = "github.com/hashicorp/googlecompute"
      version = "= 1.2.7"
    }
  }
}
