# An image for a Raspberry Pi. Needs a current Packer and root: it mounts the image and runs its programs, with
# qemu-user-static for another architecture.

variable "image_name" {
  type        = string
  description = "Name of the images, followed by a timestamp."
  default     = "honeypot"
  validation {
    condition     = length(split("{{", var.image_name)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "output" {
  type        = string
  description = "Folder for the image and the manifest."
  default     = "images"
  validation {
    condition     = length(split("{{", var.output)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "pi_url" {
  type        = string
  description = "Image of Raspberry Pi OS, compressed or not."
  default     = ""
  validation {
    condition     = length(split("{{", var.pi_url)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "pi_checksum" {
  type        = string
  description = "Its checksum, or file: and the URL of its checksum."
  default     = ""
  validation {
    condition     = length(split("{{", var.pi_checksum)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "pi_bytes" {
  type        = number
  description = "Size of the image."
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

  # Afterwards no login may be left to clean up with.
  provisioner "shell" {
    script          = "${path.root}/../seal.sh"
    execute_command = "chmod 0700 '{{ .Path }}' && '{{ .Path }}'"
    skip_clean      = true
  }

  # Packer does not report an empty build as a failure; callers check this file.
  post-processor "manifest" {
    output = "${var.output}/manifest.json"
  }
}
