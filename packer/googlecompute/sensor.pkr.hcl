# An image at Google Compute Engine.

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
  description = "Where the manifest goes."
  default     = "images"
  validation {
    condition     = length(split("{{", var.output)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "google_project" {
  type        = string
  description = "The project that gets the image."
  default     = env("GOOGLE_CLOUD_PROJECT")
  validation {
    condition     = length(split("{{", var.google_project)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "google_image_family" {
  type        = string
  description = "The family of images to begin with."
  default     = ""
  validation {
    condition     = length(split("{{", var.google_image_family)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "google_image_project" {
  type        = string
  description = "Whose family that is."
  default     = ""
  validation {
    condition     = length(split("{{", var.google_image_project)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "google_zone" {
  type        = string
  description = "Where to build."
  default     = "europe-west3-a"
  validation {
    condition     = length(split("{{", var.google_zone)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

locals {
  name = "${var.image_name}-${formatdate("YYYYMMDDhhmmss", timestamp())}"
}

source "googlecompute" "sensor" {
  project_id              = var.google_project
  zone                    = var.google_zone
  source_image_family     = var.google_image_family
  source_image_project_id = [var.google_image_project]
  image_name              = local.name
  image_family            = var.image_name
  ssh_username            = "packer"
}

build {
  sources = ["source.googlecompute.sensor"]

  provisioner "file" {
    source      = "${path.root}/../payload"
    destination = "/tmp"
  }

  provisioner "shell" {
    script          = "${path.root}/../provision.sh"
    execute_command = "chmod 0700 '{{ .Path }}' && sudo '{{ .Path }}'"
  }

  # Afterwards there may be nobody left who could clean up.
  provisioner "shell" {
    script          = "${path.root}/../seal.sh"
    execute_command = "chmod 0700 '{{ .Path }}' && sudo '{{ .Path }}'"
    skip_clean      = true
  }

  # To Packer a build of nothing is no failure: whoever builds asks this file.
  post-processor "manifest" {
    output = "${var.output}/manifest.json"
  }
}
