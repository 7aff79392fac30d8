# An image for a Raspberry Pi. Only with a current Packer, and as root: it mounts the image and runs its programs,
# those of another processor by qemu-user-static.

variable "image_name" {
  type        = string
  description = "The images' name, which a number made of the time follows."
  default     = "honeypot"
  validation {
    condition     = length(split("{{", var.image_name)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "output" {
  type        = string
  description = "Where the image and the manifest go."
  default     = "images"
  validation {
    condition     = length(split("{{", var.output)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "pi_url" {
  type        = string
  description = "An image of Raspberry Pi OS, packed or not."
  default     = ""
  validation {
    condition     = length(split("{{", var.pi_url)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "pi_checksum" {
  type        = string
  description = "Its checksum, or file: and the address of it."
  default     = ""
  validation {
    condition     = length(split("{{", var.pi_checksum)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "pi_bytes" {
  type        = number
  description = "How large the image becomes."
  default     = 6442450944
}

source "arm-image" "pi" {
  iso_url           = var.pi_url
  iso_checksum      = var.pi_checksum
  image_type        = "raspberrypi"
  image_arch        = "arm64"
  image_mounts      = ["/boot/firmware", "/"]
  resolv-conf       = "bind-host"
  target_image_size = var.pi_bytes
  output_filename   = "${var.output}/pi/${var.image_name}-pi-arm64.img"
}

build {
  sources = ["source.arm-image.pi"]

  provisioner "file" {
    source      = "${path.root}/../payload"
    destination = "/tmp"
  }

  provisioner "shell" {
    script          = "${path.root}/../provision.sh"
    execute_command = "chmod 0700 '{{ .Path }}' && '{{ .Path }}'"
  }

  # Afterwards there may be nobody left who could clean up.
  provisioner "shell" {
    script          = "${path.root}/../seal.sh"
    execute_command = "chmod 0700 '{{ .Path }}' && '{{ .Path }}'"
    skip_clean      = true
  }

  # To Packer a build of nothing is no failure: whoever builds asks this file.
  post-processor "manifest" {
    output = "${var.output}/manifest.json"
  }
}
