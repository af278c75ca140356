const field=document.getElementById("search"),count=document.getElementById("count");
const folds=[...document.querySelectorAll("details")];
field.addEventListener("input",()=>{
const words=field.value.toLowerCase().split(/\s+/).filter(Boolean);let found=0;
for(const fold of folds){const head=fold.querySelector("summary").textContent.toLowerCase();
const inHead=words.every(w=>head.includes(w));let rows=0;
for(const row of fold.querySelectorAll("tbody tr")){
const show=inHead||words.every(w=>(head+" "+row.textContent.toLowerCase()).includes(w));
row.hidden=!show;rows+=show;}
const show=inHead||rows>0;fold.hidden=!show;found+=show;
fold.open=words.length>0&&!inHead&&rows>0;}
count.textContent=words.length?`${found} of ${folds.length}`:"";});
document.getElementById("finder").hidden=false;
