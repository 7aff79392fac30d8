# What plugins.sh installs, by its checksum; `packer init` takes it from there. Packer before 1.7 knows no such block and is given sensor.pkr.hcl alone.
packer {
  required_plugins {
    arm-image = {
      source  = "github.com/solo-io/arm-image"
      version = "= 0.2.7"
    }
  }
}
