# What `packer init` fetches. Packer before 1.7 knows no such block and is given sensor.pkr.hcl alone.
packer {
  required_plugins {
    azure = {
      source  = "github.com/hashicorp/azure"
      version = "~> 2.6"
    }
  }
}
