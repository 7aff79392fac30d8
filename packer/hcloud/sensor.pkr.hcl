# A snapshot on Hetzner.

variable "image_name" {
  type        = string
  description = "Name of the images, followed by a timestamp."
  default     = "honeypot"
  validation {
    condition     = length(split("{{", var.image_name)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "os" {
  type        = string
  description = "Operating system in the settings; a tag of the image."
  validation {
    condition     = length(split("{{", var.os)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "sensorbake_version" {
  type        = string
  description = "Version that wrote this folder; a tag of the image."
  validation {
    condition     = length(split("{{", var.sensorbake_version)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "output" {
  type        = string
  description = "Folder for the manifest."
  default     = "images"
  validation {
    condition     = length(split("{{", var.output)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "hcloud_token" {
  type        = string
  description = "An API token."
  default     = env("HCLOUD_TOKEN")
  sensitive   = true
}

variable "hcloud_image" {
  type        = string
  description = "Base image."
  default     = ""
  validation {
    condition     = length(split("{{", var.hcloud_image)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "hcloud_location" {
  type        = string
  description = "Region or place of the build."
  default     = "hel1"
  validation {
    condition     = length(split("{{", var.hcloud_location)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "hcloud_server_type" {
  type        = string
  description = "Machine type for the build."
  default     = "cx23"
  validation {
    condition     = length(split("{{", var.hcloud_server_type)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

locals {
  name = "${var.image_name}-${formatdate("YYYYMMDDhhmmss", timestamp())}"
}

source "hcloud" "sensor" {
  token         = var.hcloud_token
  image         = var.hcloud_image
  location      = var.hcloud_location
  server_type   = var.hcloud_server_type
  ssh_username  = "root"
  snapshot_name = local.name
  snapshot_labels = {
    "sensorbake" = var.sensorbake_version
    "os"         = var.os
  }
}

build {
  sources = ["source.hcloud.sensor"]

  provisioner "file" {
    source      = "${path.root}/../payload"
    destination = "/tmp"
  }

  provisioner "shell" {
    script          = "${path.root}/../provision.sh"
    execute_command = "chmod 0700 '{{ .Path }}' && sudo '{{ .Path }}'"
  }

  # Afterwards no login may be left to clean up with.
  provisioner "shell" {
    script          = "${path.root}/../seal.sh"
    execute_command = "chmod 0700 '{{ .Path }}' && sudo '{{ .Path }}'"
    skip_clean      = true
  }

  # Packer does not report an empty build as a failure; callers check this file.
  post-processor "manifest" {
    output = "${var.output}/manifest.json"
  }
}
