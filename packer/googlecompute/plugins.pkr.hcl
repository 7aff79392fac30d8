# What plugins.sh installs, by its checksum; `packer init` takes it from there. Packer before 1.7 knows no such block and is given sensor.pkr.hcl alone.
packer {
  required_plugins {
    googlecompute = {
      source  = "github.com/hashicorp/googlecompute"
      version = "= 1.2.7"
    }
  }
}
