# A snapshot on DigitalOcean.

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
  description = "Folder for the manifest."
  default     = "images"
  validation {
    condition     = length(split("{{", var.output)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "digitalocean_token" {
  type        = string
  description = "An API token."
  default     = env("DIGITALOCEAN_TOKEN")
  sensitive   = true
}

variable "digitalocean_image" {
  type        = string
  description = "Base image."
  default     = ""
  validation {
    condition     = length(split("{{", var.digitalocean_image)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "digitalocean_region" {
  type        = string
  description = "Region or place of the build."
  default     = "fra1"
  validation {
    condition     = length(split("{{", var.digitalocean_region)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "digitalocean_size" {
  type        = string
  description = "Machine type for the build."
  default     = "s-1vcpu-2gb"
  validation {
    condition     = length(split("{{", var.digitalocean_size)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

locals {
  name = "${var.image_name}-${formatdate("YYYYMMDDhhmmss", timestamp())}"
}

source "digitalocean" "sensor" {
  api_token     = var.digitalocean_token
  image         = var.digitalocean_image
  region        = var.digitalocean_region
  size          = var.digitalocean_size
  ssh_username  = "root"
  snapshot_name = local.name
  tags          = ["sensorbake"]
}

build {
  sources = ["source.digitalocean.sensor"]

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
