# What `packer init` fetches. Packer before 1.7 knows no such block and is given sensor.pkr.hcl alone.
packer {
  required_plugins {
    digitalocean = {
      source  = "github.com/digitalocean/digitalocean"
      version = "~> 1.4"
    }
  }
}
