# What `packer init` fetches. Packer before 1.7 knows no such block and is given sensor.pkr.hcl alone.
packer {
  required_plugins {
    googlecompute = {
      source  = "github.com/hashicorp/googlecompute"
      version = "~> 1.2"
    }
  }
}
