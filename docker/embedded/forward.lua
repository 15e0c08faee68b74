-- Sends on to Earshot what a modality or a contouring station stored here: CT images and masks. What came from Earshot stays here.
local WANTED = { CT = true, RTSTRUCT = true, SEG = true }

function OnStoredInstance(instanceId, tags, metadata, origin)
  if origin['RequestOrigin'] == 'DicomProtocol' and origin['RemoteAet'] == 'EARSHOT' then
    return
  end
  if WANTED[tags['Modality']] then
    SendToModality(instanceId, 'earshot')
  end
end
