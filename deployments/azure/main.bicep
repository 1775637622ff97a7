// All that tenfold's azure profile needs, in one resource group. See docs/azure.md.
//   make azure-plan      what would change
//   make azure-up        make it so, and print the settings
targetScope = 'resourceGroup'

@description('Begins the names of all resources: lower-case letters and digits.')
@minLength(3)
@maxLength(10)
param name string = 'tenfold'

@description('Region of everything. It must offer the VM size, and leave quota for it.')
param location string = resourceGroup().location

@description('VM size of a node of the cluster.')
param vmSize string = 'Standard_NC4as_T4_v3'

@description('Nodes of the cluster, at most. There are none while no job runs.')
@minValue(1)
param maxNodes int = 1

@description('Whether nodes are spot VMs: cheaper, and taken away at times.')
param lowPriority bool = false

@description('Container of all blobs.')
param container string = 'tenfold'

@description('Object id of who runs tenfold; empty: roles are given by hand.')
param principalId string = ''

@description('What that object is.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param principalType string = 'User'

@description('Whether to make a PostgreSQL server for the labels. It costs while it is there.')
param postgresql bool = false

@description('Password of its administrator.')
@secure()
param postgresqlPassword string = ''

var suffix = uniqueString(resourceGroup().id)
var keptDays = 14

// Built-in roles, learn.microsoft.com/azure/role-based-access-control/built-in-roles
var blobContributor = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
)
var dataScientist = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  'f6c7c914-8db3-469d-8ca1-694a8f32e121'
)

// Bytes: images, features, models, manifests.

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: '${name}${suffix}'
  location: location
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: storage
  name: 'default'
  properties: {
    isVersioningEnabled: true
    deleteRetentionPolicy: { enabled: true, days: keptDays }
    containerDeleteRetentionPolicy: { enabled: true, days: keptDays }
  }
}

resource images 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: container
  properties: { publicAccess: 'None' }
}

// Versions are there to undo a mistake, not to be paid for.
resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2023-05-01' = {
  parent: storage
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'old-versions'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'] }
            actions: { version: { delete: { daysAfterCreationGreaterThan: keptDays } } }
          }
        }
      ]
    }
  }
}

// The workspace, and what it can't be without.

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: '${name}${suffix}'
  location: location
  properties: {
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
  }
}

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: '${name}-logs'
  location: location
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: '${name}-insights'
  location: location
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: logs.id
  }
}

// Holds the image of the jobs' environment. The workspace would make a dearer one by itself.
resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' = {
  name: '${name}${suffix}'
  location: location
  sku: { name: 'Basic' }
  properties: { adminUserEnabled: true }
}

// Azure ML gives a system-assigned identity its roles on these four by itself; given here once
// more, they would collide.
resource workspace 'Microsoft.MachineLearningServices/workspaces@2024-04-01' = {
  name: '${name}-ml'
  location: location
  sku: { name: 'Basic', tier: 'Basic' }
  identity: { type: 'SystemAssigned' }
  properties: {
    friendlyName: 'tenfold'
    storageAccount: storage.id
    keyVault: vault.id
    applicationInsights: insights.id
    containerRegistry: registry.id
    publicNetworkAccess: 'Enabled'
  }
}

// No account key: whoever reads or writes does it as who they are.
resource datastore 'Microsoft.MachineLearningServices/workspaces/datastores@2024-04-01' = {
  parent: workspace
  name: 'tenfold'
  properties: {
    datastoreType: 'AzureBlob'
    accountName: storage.name
    containerName: images.name
    endpoint: environment().suffixes.storage
    protocol: 'https'
    credentials: { credentialsType: 'None' }
    serviceDataAccessAuthIdentity: 'WorkspaceSystemAssignedIdentity'
  }
}

resource cluster 'Microsoft.MachineLearningServices/workspaces/computes@2024-04-01' = {
  parent: workspace
  name: 'tenfold-gpu'
  location: location
  identity: { type: 'SystemAssigned' }
  properties: {
    computeType: 'AmlCompute'
    computeLocation: location
    disableLocalAuth: true
    properties: {
      vmSize: vmSize
      vmPriority: lowPriority ? 'LowPriority' : 'Dedicated'
      osType: 'Linux'
      remoteLoginPortPublicAccess: 'Disabled'
      scaleSettings: {
        minNodeCount: 0
        maxNodeCount: maxNodes
        nodeIdleTimeBeforeScaleDown: 'PT300S'
      }
    }
  }
}

// Roles.

resource clusterWritesBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, cluster.id, blobContributor)
  scope: storage
  properties: {
    principalId: cluster.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: blobContributor
  }
}

resource personWritesBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(principalId)) {
  name: guid(storage.id, principalId, blobContributor)
  scope: storage
  properties: {
    principalId: principalId
    principalType: principalType
    roleDefinitionId: blobContributor
  }
}

resource personSubmitsJobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(principalId)) {
  name: guid(workspace.id, principalId, dataScientist)
  scope: workspace
  properties: {
    principalId: principalId
    principalType: principalType
    roleDefinitionId: dataScientist
  }
}

// Labels, if wanted.

resource labels 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' = if (postgresql) {
  name: '${name}-labels-${suffix}'
  location: location
  sku: { name: 'Standard_B1ms', tier: 'Burstable' }
  properties: {
    version: '16'
    createMode: 'Default'
    administratorLogin: 'tenfold'
    administratorLoginPassword: postgresqlPassword
    storage: { storageSizeGB: 32 }
    backup: { backupRetentionDays: 14, geoRedundantBackup: 'Disabled' }
    highAvailability: { mode: 'Disabled' }
  }
}

resource labelsDatabase 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2024-08-01' = if (postgresql) {
  parent: labels
  name: 'tenfold'
  properties: { charset: 'UTF8', collation: 'en_US.utf8' }
}

// Settings, as `make azure-up` prints them.

output TENFOLD_PROFILE string = 'azure'
output TENFOLD_AZURE_SUBSCRIPTION string = subscription().subscriptionId
output TENFOLD_AZURE_RESOURCE_GROUP string = resourceGroup().name
output TENFOLD_AZURE_WORKSPACE string = workspace.name
output TENFOLD_AZURE_REGION string = location
output TENFOLD_AZURE_STORAGE_ACCOUNT string = storage.name
output TENFOLD_AZURE_CONTAINER string = images.name
output TENFOLD_AZURE_DATASTORE string = datastore.name
output TENFOLD_AZURE_CLUSTER string = cluster.name
output TENFOLD_AZURE_NODES int = maxNodes
output TENFOLD_AZURE_VM_SIZE string = vmSize
output TENFOLD_AZURE_LOW_PRIORITY bool = lowPriority
