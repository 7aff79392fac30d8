# What `packer init` fetches. Packer before 1.7 knows no such block and is given sensor.pkr.hcl alone.
packer {
  required_plugins {
    qemu = {
      source  = "github.com/hashicorp/qemu"
      version = "~> 1.0"
    }
  }
}
