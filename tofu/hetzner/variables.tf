variable "sensors" {
  description = "The machine of each sensor, by its name."
  type = map(object({
    firewall = string
    region   = string
    size     = string
    image    = string
  }))
}

variable "firewalls" {
  description = "The allowed traffic of sensors with the same rules, by the name of the first."
  type = map(object({
    incoming = list(object({
      protocol = string
      first    = number
      last     = number
      ports    = string
      v4       = list(string)
      v6       = list(string)
    }))
  }))
}
