locals {
  # The machines have no IPv6 address.
  rules = {
    for name, firewall in var.firewalls : name => [for rule in firewall.incoming : rule if length(rule.v4) > 0]
  }
  # A resource group has any number of machines in any location.
  location = sort(values(var.sensors)[*].region)[0]
}

resource "azurerm_resource_group" "sensors" {
  name     = "sensorbake"
  location = local.location

  lifecycle {
    ignore_changes = [location]
  }
}

resource "azurerm_network_security_group" "sensor" {
  for_each            = var.firewalls
  name                = "sensorbake-${each.key}"
  location            = each.value.region
  resource_group_name = azurerm_resource_group.sensors.name

  dynamic "security_rule" {
    for_each = local.rules[each.key]
    content {
      name                       = "sensorbake-${security_rule.key}"
      priority                   = 100 + security_rule.key
      direction                  = "Inbound"
      access                     = "Allow"
      protocol                   = title(security_rule.value.protocol)
      source_port_range          = "*"
      destination_port_range     = security_rule.value.ports == null ? "*" : security_rule.value.ports
      source_address_prefixes    = security_rule.value.v4
      destination_address_prefix = "*"
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "azurerm_virtual_network" "sensor" {
  for_each            = toset(values(var.sensors)[*].region)
  name                = "sensorbake-${each.key}"
  location            = each.key
  resource_group_name = azurerm_resource_group.sensors.name
  address_space       = ["10.64.0.0/16"]
}

resource "azurerm_subnet" "sensor" {
  for_each             = azurerm_virtual_network.sensor
  name                 = "sensors"
  resource_group_name  = azurerm_resource_group.sensors.name
  virtual_network_name = each.value.name
  address_prefixes     = ["10.64.0.0/20"]
}

# The address stays if the machine is replaced.
resource "azurerm_public_ip" "sensor" {
  for_each            = var.sensors
  name                = each.key
  location            = each.value.region
  resource_group_name = azurerm_resource_group.sensors.name
  allocation_method   = "Static"
  sku                 = "Standard"
}

resource "azurerm_network_interface" "sensor" {
  for_each            = var.sensors
  name                = each.key
  location            = each.value.region
  resource_group_name = azurerm_resource_group.sensors.name

  ip_configuration {
    name                          = "sensor"
    subnet_id                     = azurerm_subnet.sensor[each.value.region].id
    private_ip_address_allocation = "Dynamic"
    public_ip_address_id          = azurerm_public_ip.sensor[each.key].id
  }
}

resource "azurerm_network_interface_security_group_association" "sensor" {
  for_each                  = var.sensors
  network_interface_id      = azurerm_network_interface.sensor[each.key].id
  network_security_group_id = azurerm_network_security_group.sensor[each.value.firewall].id
}

resource "azurerm_linux_virtual_machine" "sensor" {
  for_each                        = var.sensors
  name                            = each.key
  computer_name                   = each.key
  location                        = each.value.region
  resource_group_name             = azurerm_resource_group.sensors.name
  size                            = each.value.size
  admin_username                  = "azureuser"
  disable_password_authentication = true
  network_interface_ids           = [azurerm_network_interface.sensor[each.key].id]
  custom_data                     = filebase64("${path.module}/../sensors/${each.key}/user-data")

  admin_ssh_key {
    username   = "azureuser"
    public_key = each.value.public_key
  }
  os_disk {
    caching              = "ReadWrite"
    storage_account_type = "StandardSSD_LRS"
  }
  source_image_reference {
    publisher = split(":", each.value.image)[0]
    offer     = split(":", each.value.image)[1]
    sku       = split(":", each.value.image)[2]
    version   = split(":", each.value.image)[3]
  }

  depends_on = [azurerm_network_interface_security_group_association.sensor]

  # `sensorbake apply` changes a running sensor; a change of these values would replace it.
  lifecycle {
    ignore_changes = [admin_ssh_key, custom_data, source_image_reference]
  }
}
