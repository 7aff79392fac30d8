# plugins.sh installs this plugin by its checksum; `packer init` uses it. Packer before 1.7 does not support this block: use only sensor.pkr.hcl.
packer {
  required_plugins {
    digitalocean = {
      source  = "github.com/digitalocean/digitalocean"
      version = "= 1.4.1"
    }
  }
}
